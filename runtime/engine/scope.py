"""The values in scope when a node is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.evaluate import Scope

__all__ = ["scope_of"]


def scope_of(exported: Mapping[str, Mapping[str, object]], parent: Scope) -> Scope:
    """`exported` are the exports of what a node refers to, by id; they stand by the parts of the id above the names of
    `parent`.

    A component that has not exported yet is there with zero values, as in Alloy.
    """
    names: dict[str, Any] = {}
    for target, exports in exported.items():
        *path, last = target.split(".")
        level = names
        for part in path:
            level = level.setdefault(part, {})
        level[last] = {**level.get(last, {}), **exports}
    return Scope(names, parent)
