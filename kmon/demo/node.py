"""The pods of the demo's node, read from its inventory, and where the kubelet keeps their logs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ruamel.yaml import YAML

__all__ = ["Container", "containers", "inventory", "node_name", "values"]

_MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True, slots=True)
class Container:
    """`pod_uid` is the one in the name of the log folder: of a static pod it is the hash of its manifest."""

    namespace: str
    pod: str
    pod_uid: str
    name: str

    @property
    def log_folder(self) -> Path:
        """Under `/var/log/pods`."""
        return Path(f"{self.namespace}_{self.pod}_{self.pod_uid}", self.name)


def values() -> str:
    """The demo's values file."""
    return resources.files(__package__).joinpath("values.yaml").read_text("utf-8")


def inventory() -> str:
    """The demo's recorded objects."""
    return resources.files(__package__).joinpath("inventory.yaml").read_text("utf-8")


def containers() -> list[Container]:
    found: list[Container] = []
    for pod in YAML(typ="safe", pure=True).load(inventory())["items"]:
        metadata = pod["metadata"]
        uid = metadata.get("annotations", {}).get(_MIRROR, metadata["uid"])
        names = [container["name"] for container in pod["spec"]["containers"]]
        found += [Container(metadata["namespace"], metadata["name"], uid, name) for name in names]
    return found


def node_name() -> str:
    return str(YAML(typ="safe", pure=True).load(inventory())["items"][0]["spec"]["nodeName"])
