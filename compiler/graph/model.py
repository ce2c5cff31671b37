"""The resolved graph: no reference in it points nowhere, so nothing later has to ask.

A *reference* is what stands in the text (`loki.write.x.receiver` in `forward_to`); an *edge* is the way of the data,
from producer to consumer: the reversed reference for receivers, the same direction for targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.catalog import ComponentSchema
from compiler.diagnostics import Diagnostic, Span
from compiler.syntax.tree import Block

__all__ = ["Edge", "Graph", "Node", "Reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """`target` is a node's id; `path` what follows it (`("receiver",)`); `span` the whole traversal in the text, `export` the
    first word of the path in it."""

    target: str
    path: tuple[str, ...]
    span: Span
    export: Span | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A component or a configuration block (`logging`).

    `references` point to nodes of the same graph; those of a `declare` or `foreach` are what stands inside of it.
    `captured` point to nodes of the graphs around a `foreach` template, the nearest that has the target.
    `inner` is the graph of a declare's body, of a foreach's template, or of what an import brings; None where there is
    none, or where it is only known when it runs. `definer` is the id of the declare or import that a custom component
    is an instance of, in this graph or in one around it. `findings` are an import's: what is wrong with its content.
    """

    id: str
    block: Block
    schema: ComponentSchema
    references: tuple[Reference, ...]
    captured: tuple[Reference, ...] = ()
    inner: Graph | None = None
    definer: str = ""
    findings: tuple[Diagnostic, ...] = ()

    @property
    def type(self) -> str:
        return self.block.type

    @property
    def label(self) -> str:
        return self.block.label.text if self.block.label is not None else ""

    @property
    def is_import(self) -> bool:
        return self.type.startswith("import.")


@dataclass(frozen=True, slots=True)
class Edge:
    """`signal` is one of targets, logs, metrics, traces, otel, profiles, value (everything that is no telemetry)."""

    producer: str
    consumer: str
    signal: str
    span: Span


@dataclass(frozen=True, slots=True)
class Graph:
    """`order` holds every node id, dependencies (what is referred to) first."""

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    order: tuple[str, ...]
