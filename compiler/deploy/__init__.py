"""What a graph needs where it runs: permissions, mounts, ports, variables; and the workload and manifests made of it.

Graph ──► Needs ──► Workload ──► objects
             Settings ──┘
"""

from compiler.deploy.check import check_workload
from compiler.deploy.files import Reads
from compiler.deploy.manifests import objects
from compiler.deploy.needs import Needs, needs_of
from compiler.deploy.permissions import Permission, permissions
from compiler.deploy.printing import helm_values, manifests
from compiler.deploy.settings import Settings
from compiler.deploy.workload import Workload, make_workload

__all__ = [
    "Needs", "Permission", "Reads", "Settings", "Workload", "check_workload", "helm_values", "make_workload", "manifests",
    "needs_of", "objects", "permissions",
]  # fmt: skip
