"""Telemetry from component to component, by its signal: what OpenTelemetry calls a consumer takes three of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.graph.edges import PUSHED, signal
from compiler.graph.model import Graph, Node
from compiler.graph.read import blocks

__all__ = ["ANY", "SIGNALS", "Wire", "passes", "wires_of"]

ANY = "otel"
"""A signal of OpenTelemetry of which nothing says which it is."""
SIGNALS = ("logs", "metrics", "traces", "profiles", ANY)


@dataclass(frozen=True, slots=True)
class Wire:
    """One of `SIGNALS` that is handed to a component."""

    consumer: str
    signal: str


def wires_of(node: Node, graph: Graph) -> Iterator[Wire]:
    """Whom a component hands which signal, each once: the lists of `output` say so, elsewhere the kind of the receiver."""
    seen = set()
    for reference in node.references:
        exports = graph.nodes[reference.target].schema.exports
        kind = signal(exports.get(reference.path[0], "")) if reference.path else ""
        if kind not in PUSHED:
            continue
        listed = (one for output in blocks(node.block, "output") for one in output.body.attributes)
        names = [one.name.text for one in listed if one.span.start <= reference.span.start < one.span.end]
        wire = Wire(reference.target, names[0] if kind == ANY and names and names[0] in SIGNALS else kind)
        if wire not in seen:
            seen.add(wire)
            yield wire


def passes(node: Node, came: str, goes: str) -> bool:
    """Whether what a component sends as `goes` can be made of what comes to it as `came`: a connector makes one signal of
    another, everything else hands on what it gets."""
    return came == goes or ANY in (came, goes) or node.type.startswith("otelcol.connector.")
