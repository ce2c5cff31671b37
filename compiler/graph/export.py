"""The graph as JSON, Mermaid and DOT: components as nodes by role, data flow as edges with their signal. Deterministic."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from compiler.graph.edges import PUSHED
from compiler.graph.model import Graph, Node

__all__ = ["role", "to_dot", "to_json", "to_mermaid"]

_FILL = {
    "discovery": "#eee6f7",
    "source": "#d9ead3",
    "processor": "#dbe5f6",
    "destination": "#f9e0c7",
    "other": "#eeeeee",
}
_LINE = {
    "discovery": "#7d5fb2",
    "source": "#6aa84f",
    "processor": "#4a74b5",
    "destination": "#c9711f",
    "other": "#888888",
}


def role(graph: Graph, id: str) -> str:
    """`discovery` finds targets, `source` is where telemetry begins, `destination` where it ends, `processor` between;
    `other` has neither."""
    pushed = [edge for edge in graph.edges if edge.signal in PUSHED]
    feeds, fed = any(edge.producer == id for edge in pushed), any(edge.consumer == id for edge in pushed)
    match feeds, fed:
        case True, True:
            return "processor"
        case True, False:
            return "source"
        case False, True:
            return "destination"
        case _:
            found = any(edge.signal == "targets" and id in (edge.producer, edge.consumer) for edge in graph.edges)
            return "discovery" if found else "other"


def to_json(graph: Graph) -> str:
    """`{"nodes": [{id, type, label, role, file, line}], "edges": [{producer, consumer, signal}]}`, nodes in their order of evaluation."""
    nodes = [
        {
            "id": node.id,
            "type": node.type,
            "label": node.label,
            "role": role(graph, node.id),
            "file": node.block.span.file,
            "line": node.block.span.position[0],
        }
        for node in _ordered(graph)
    ]
    edges = [{"producer": edge.producer, "consumer": edge.consumer, "signal": edge.signal} for edge in graph.edges]
    return json.dumps({"nodes": nodes, "edges": edges}, indent=2, ensure_ascii=False) + "\n"


def to_mermaid(graph: Graph) -> str:
    """A flowchart that renders where Mermaid does, such as a README on a forge."""
    lines = ["flowchart LR"]
    lines += [
        f'  {_name(node.id)}["{node.type}<br/><b>{node.label}</b>"]:::{role(graph, node.id)}'
        for node in _ordered(graph)
    ]
    lines += [f"  {_name(edge.producer)} -->|{edge.signal}| {_name(edge.consumer)}" for edge in graph.edges]
    lines += [f"  classDef {kind} fill:{fill},stroke:{_LINE[kind]},color:#222" for kind, fill in _FILL.items()]
    return "\n".join(lines) + "\n"


def to_dot(graph: Graph) -> str:
    """For Graphviz."""
    lines = ["digraph kmon {", "  rankdir=LR", '  node [shape=box, style="rounded,filled", fontname="sans-serif"]']
    for node in _ordered(graph):
        kind = role(graph, node.id)
        text = f"{node.type}\\n{node.label}"
        lines.append(f'  "{node.id}" [label="{text}", fillcolor="{_FILL[kind]}", color="{_LINE[kind]}"]')
    lines += [f'  "{edge.producer}" -> "{edge.consumer}" [label="{edge.signal}"]' for edge in graph.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _ordered(graph: Graph) -> Iterator[Node]:
    return (graph.nodes[id] for id in graph.order)


def _name(id: str) -> str:
    return re.sub(r"\W", "_", id)
