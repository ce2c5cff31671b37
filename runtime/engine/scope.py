"""The values in scope when a node is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.evaluate import Scope
from compiler.graph.model import Node
from runtime.engine.instance import Instance

__all__ = ["scope_of"]


def scope_of(node: Node, instances: Mapping[str, Instance], parent: Scope) -> Scope:
    """The exports of what `node` refers to, by the parts of its id, above the names of `parent`.

    A component that has not exported yet is there with zero values, as in Alloy.
    """
    names: dict[str, Any] = {}
    for target in dict.fromkeys(reference.target for reference in node.references):
        *path, last = target.split(".")
        level = names
        for part in path:
            level = level.setdefault(part, {})
        level[last] = {**level.get(last, {}), **instances[target].exported}
    return Scope(names, parent)
