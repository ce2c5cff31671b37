"""Where one component hands the same telemetry to several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Span
from compiler.graph.model import Node
from compiler.graph.read import attribute, block
from compiler.lint.flow.signals import ANY
from compiler.lint.module import Module
from compiler.syntax.tree import Attribute

__all__ = ["FanOut", "fan_outs"]

_LISTS = ("metrics", "logs", "traces")


@dataclass(frozen=True, slots=True)
class FanOut:
    """`receivers` are the ids of what a list of `node` names, in its order; `signal` is what each of them gets; `span` is the
    list."""

    node: Node
    receivers: tuple[str, ...]
    signal: str
    span: Span


def fan_outs(module: Module) -> Iterator[FanOut]:
    """Each `forward_to`, and each list of an `output` block, that names several components."""
    for node in module.graph.nodes.values():
        for found in _lists(node):
            span = found.value.span
            named = [one.target for one in node.references if span.start <= one.span.start < span.end]
            receivers = tuple(dict.fromkeys(named))
            if len(receivers) > 1:
                kinds = [wire.signal for wire in module.flow.wires[node.id] if wire.consumer in receivers]
                name = found.name.text
                yield FanOut(node, receivers, name if name in _LISTS else kinds[0] if kinds else ANY, span)


def _lists(node: Node) -> Iterator[Attribute]:
    if (found := attribute(node.block, "forward_to")) is not None:
        yield found
    if (output := block(node.block, "output")) is not None:
        yield from (one for one in output.body.attributes if one.name.text in _LISTS)
