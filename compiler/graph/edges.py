"""References to edges: which way the data goes, and of what kind it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.graph.model import Edge, Node

__all__ = ["PUSHED", "edges_of", "signal"]

_SIGNALS = {
    "capsule(loki.LogsReceiver)": "logs",
    "capsule(prometheus.MetricsReceiver)": "metrics",
    "capsule(otelcol.Consumer)": "otel",
    "capsule(pyroscope.ProfilesReceiver)": "profiles",
    "list(target)": "targets",
}
PUSHED = frozenset({"logs", "metrics", "otel", "profiles"})
"""What is handed to a receiver: the data goes against the reference."""


def signal(kind: str) -> str:
    """The signal of an export's type; `value` for everything that is no telemetry."""
    return _SIGNALS.get(kind, "value")


def edges_of(node: Node, nodes: Mapping[str, Node]) -> Iterator[Edge]:
    """One edge for each pair and signal, at the first reference that makes it."""
    seen = set()
    for reference in node.references:
        exports = nodes[reference.target].schema.exports
        flows = signal(exports.get(reference.path[0], "")) if reference.path else "value"
        pair = (node.id, reference.target) if flows in PUSHED else (reference.target, node.id)
        if (pair, flows) not in seen:
            seen.add((pair, flows))
            yield Edge(*pair, flows, reference.span)
