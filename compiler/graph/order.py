"""An order in which every node stands behind what it refers to."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.diagnostics import Diagnostics
from compiler.graph import errors
from compiler.graph.model import Node

__all__ = ["order"]


def order(nodes: Mapping[str, Node], diagnostics: Diagnostics) -> tuple[str, ...]:
    """Dependencies first, otherwise as written. A circle is reported at each of its nodes; its nodes stand as they were found."""
    out: list[str] = []
    done: set[str] = set()
    on_circle: set[str] = set()
    for start in nodes:
        # A stack of (node, what is left of its dependencies) instead of recursion: chains may be long.
        path: dict[str, list[str]] = {}
        if start not in done:
            path[start] = _dependencies(nodes[start])
        while path:
            current = next(reversed(path))
            if not path[current]:
                del path[current]
                done.add(current)
                out.append(current)
                continue
            dependency = path[current].pop(0)
            if dependency in path:
                ids = list(path)
                _report(tuple(ids[ids.index(dependency) :]), nodes, diagnostics, on_circle)
            elif dependency not in done:
                path[dependency] = _dependencies(nodes[dependency])
    return tuple(out)


def _dependencies(node: Node) -> list[str]:
    return list(dict.fromkeys(reference.target for reference in node.references))


def _report(members: tuple[str, ...], nodes: Mapping[str, Node], diagnostics: Diagnostics, reported: set[str]) -> None:
    if len(members) == 1:
        diagnostics.report(errors.SelfReference(members[0]), nodes[members[0]].block.head)
        return
    for member in members:
        if member not in reported:
            diagnostics.report(errors.Cycle(members), nodes[member].block.head)
    reported.update(members)
