"""Files that components read → folders of the node that have to be mounted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["HostPath", "Reads", "folder_of", "host_paths", "inside"]

_PATTERN = re.compile(r"[*?\[{$]")
_LINKED = {"/var/log/containers": ("/var/log/pods",), "/var/log/pods": ("/var/lib/docker/containers",)}
"""Where the links in a folder lead; those of the kubelet's only where Docker writes the logs."""
_UNDER_OTHER_NAMES = {"/host/root": "/", "/host/proc": "/proc", "/host/sys": "/sys"}
"""What configurations call folders of the node that a container has under the same name itself."""
_OF_THE_POD = (
    "/var/run/secrets", "/run/secrets", "/etc/alloy", "/etc/kmon", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/tmp",
)  # fmt: skip
"""What every pod has of its own."""
_OF_THE_CONTAINER = ("/", "/proc", "/sys", "/dev", "/etc", "/usr", "/var", "/var/lib")
"""Folders that cannot be covered by those of the node without breaking the container."""


@dataclass(frozen=True, slots=True, order=True)
class HostPath:
    """A folder of the node, or with `file` a file, at `path` of the container; `node` is its name on the node."""

    path: str
    node: str
    file: bool = False


@dataclass(frozen=True, slots=True)
class Reads:
    """What components read of the node: patterns and templates of paths of logs, folders, single files. With `known`
    false there are paths that only show when the process runs."""

    patterns: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    known: bool = True


def folder_of(path: str) -> str:
    """The deepest folder that holds all files of a pattern, or of a template of a relabel rule."""
    return posixpath.dirname(_PATTERN.split(path, maxsplit=1)[0]) or "/"


def host_paths(reads: Reads, mounted: Iterable[str], *, docker: bool) -> tuple[HostPath, ...]:
    """What of the node has to be mounted so that all of `reads` is there, in order.

    `mounted` are folders that are there anyway. A log file needs its folder: rotation makes a new file. `docker` says
    that the configuration reads what Docker writes. What a container cannot have of its node is left out.
    """
    folders = (*map(folder_of, reads.patterns), *reads.folders)
    wanted = {HostPath(*_named(path)) for path in folders if path.startswith("/")}
    wanted |= {HostPath(path, path, file=True) for path in reads.files if path.startswith("/")}
    for one in list(wanted):
        for link in _links(one.path, docker):
            wanted.add(HostPath(link, link))
    there = [*mounted, *_OF_THE_POD]
    kept = sorted(one for one in wanted if one.path not in _OF_THE_CONTAINER and not inside(one.path, there))
    return tuple(one for one in kept if not inside(one.path, [other.path for other in kept if other.path != one.path]))


def _named(path: str) -> tuple[str, str]:
    """A path of the container as (folder to mount, name on the node)."""
    for name, node in _UNDER_OTHER_NAMES.items():
        if inside(path, [name]):
            return name, node
    return path, path


def _links(path: str, docker: bool) -> Iterable[str]:
    for folder, targets in _LINKED.items():
        if inside(path, [folder]) and (docker or folder != "/var/log/pods"):
            for target in targets:
                yield target
                yield from _links(target, docker)


def inside(path: str, folders: Iterable[str]) -> bool:
    """Whether `path` is one of the folders or in one."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)
