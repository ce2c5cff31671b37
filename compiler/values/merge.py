"""Merging as Helm does it: maps merge key by key, lists and scalars replace, what comes later wins.

A null replaces as well and stays visible in the tree: above a default it means "not set", which is what Helm's
coalescing makes of it by removing the key.
"""

from __future__ import annotations

from compiler.values.tree import Entry, MapNode, Node

__all__ = ["merge"]


def merge(base: MapNode, over: MapNode) -> MapNode:
    """`over` laid upon `base`; keys keep the place where their value was written last."""
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = entries.get(key)
        entries[key] = Entry(entry.key_span, _merged(below.node, entry.node)) if below is not None else entry
    return MapNode(entries, over.span if over.entries else base.span)


def _merged(base: Node, over: Node) -> Node:
    if isinstance(base, MapNode) and isinstance(over, MapNode):
        return merge(base, over)
    return over
