"""Sources that read the files in which a container runtime keeps the output of containers."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.graph.read import attribute
from compiler.lint.flow.flow import Path
from compiler.lint.module import Module

__all__ = ["container_sources"]

_FOLDERS = ("/var/log/pods/", "/var/log/containers/")


def container_sources(module: Module) -> Mapping[str, Path]:
    """Each `loki.source.file` all of whose known paths are written by the container runtime in the format of CRI."""
    found: dict[str, Path] = {}
    for node in module.of_type("loki.source.file"):
        targets = attribute(node.block, "targets")
        if targets is None:
            continue
        paths = module.flow.list_of_targets(targets.value).paths
        if paths and all(path.text.startswith(_FOLDERS) for path in paths):
            found[node.id] = paths[0]
    return found
