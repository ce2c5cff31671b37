"""`constants`: facts about the process, spelled as Go spells them."""

from __future__ import annotations

import platform
import socket
import sys
from functools import cache
from importlib import metadata

__all__ = ["constants"]

_SYSTEMS = {"win32": "windows", "cygwin": "windows"}
_MACHINES = {
    "x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386", "i686": "386",
    "armv6l": "arm", "armv7l": "arm", "loongarch64": "loong64",
}  # fmt: skip


@cache
def constants() -> dict[str, str]:
    """`hostname`, `os`, `arch` and `version`, the latter kmon's own with a leading `v`."""
    machine = platform.machine().lower()
    try:
        version = metadata.version("kmon-alloy")
    except metadata.PackageNotFoundError:
        version = "0.0.0"
    return {
        "hostname": socket.gethostname(),
        "os": _SYSTEMS.get(sys.platform, sys.platform),
        "arch": _MACHINES.get(machine, machine),
        "version": f"v{version}",
    }
