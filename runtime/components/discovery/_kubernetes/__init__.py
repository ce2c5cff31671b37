"""The roles of `discovery.kubernetes`: a file each."""

from runtime.components.discovery._kubernetes import endpoints, endpointslice, ingress, node, pod, service
from runtime.components.discovery._kubernetes.groups import Groups
from runtime.components.discovery._kubernetes.role import Role

__all__ = ["ROLES", "Groups", "Role"]

ROLES = {module.ROLE.name: module.ROLE for module in (node, pod, service, endpoints, endpointslice, ingress)}
