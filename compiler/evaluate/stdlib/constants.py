"""`constants`: facts about the process, spelled as Go spells them."""

from __future__ import annotations

import os
import sys
from functools import cache

__all__ = ["constants"]

_MACHINES = {
    "x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386", "i686": "386",
    "armv6l": "arm", "armv7l": "arm", "loongarch64": "loong64",
}  # fmt: skip


@cache
def constants() -> dict[str, str]:
    """`hostname`, `os`, `arch` and `version`, the latter kmon's own with a leading `v`."""
    from importlib import metadata  # noqa: PLC0415  (10 ms, and few configurations need it)

    system = os.uname()
    machine = system.machine.lower()
    try:
        version = metadata.version("kmon-alloy")
    except metadata.PackageNotFoundError:
        version = "0.0.0"
    return {
        "hostname": system.nodename,
        "os": sys.platform,
        "arch": _MACHINES.get(machine, machine),
        "version": f"v{version}",
    }
