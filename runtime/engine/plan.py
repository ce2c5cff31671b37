"""What a reload changes, worked out before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.graph.model import Graph, Node
from runtime.engine.dependencies import Dependencies

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Ids of a graph's nodes.

    `added` stands in the order of starting (sinks first), `removed` in the order of stopping (sources first).
    `changed` is what is written differently; whether a component of it is updated depends on the values that come
    out. `kept` is written as before; it is updated only where something that it refers to has a new value.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"{len(self.added)} added, {len(self.removed)} removed, {len(self.changed)} changed, {len(self.kept)} kept"
        )


def make_plan(old: Graph, new: Graph) -> Plan:
    changed: list[str] = []
    kept: list[str] = []
    for node_id in new.order:
        if (before := old.nodes.get(node_id)) is not None:
            (kept if _text(before) == _text(new.nodes[node_id]) else changed).append(node_id)
    return Plan(
        added=tuple(node_id for node_id in new.order if node_id not in old.nodes),
        removed=Dependencies(old).stop_order(node_id for node_id in old.order if node_id not in new.nodes),
        changed=tuple(changed),
        kept=tuple(kept),
    )


def _text(node: Node) -> str:
    span = node.block.span
    return span.source.text[span.start : span.end]
