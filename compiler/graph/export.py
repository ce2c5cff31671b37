"""The graph as JSON, Mermaid and DOT: nodes grouped by role, data flow as edges with their signal. Deterministic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from compiler.graph.edges import PUSHED
from compiler.graph.model import Graph, Node

__all__ = ["role", "to_dot", "to_json", "to_mermaid"]

_GROUPS = {
    "discovery": "discovery",
    "source": "sources",
    "processor": "processors",
    "destination": "destinations",
    "other": "others",
}
"""Each role and the title of its group, in the direction of the data."""
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


def role(graph: Graph, node_id: str) -> str:
    """`discovery` finds targets, `source` is where telemetry begins, `destination` where it ends, `processor` between;
    `other` has neither."""
    return _roles(graph)[node_id]


def to_json(graph: Graph) -> str:
    """`{"nodes": [{id, type, label, role, file, line}], "edges": [{producer, consumer, signal}]}`, nodes in the order
    of their evaluation."""
    roles = _roles(graph)
    nodes = [
        {
            "id": node.id,
            "type": node.type,
            "label": node.label,
            "role": roles[node.id],
            "file": node.block.span.file,
            "line": node.block.span.position[0],
        }
        for node in (graph.nodes[name] for name in graph.order)
    ]
    edges = [{"producer": edge.producer, "consumer": edge.consumer, "signal": edge.signal} for edge in graph.edges]
    return json.dumps({"nodes": nodes, "edges": edges}, indent=2, ensure_ascii=False) + "\n"


def to_mermaid(graph: Graph) -> str:
    """A flowchart that renders where Mermaid does, such as a README on a forge. Edges of plain values are dotted."""
    lines = ["flowchart LR"]
    for kind, title, nodes in _groups(graph):
        lines.append(f"  subgraph {title}")
        lines += [f'    {_name(node.id)}["{_text(node, "<br/>")}"]:::{kind}' for node in nodes]
        lines.append("  end")
    for edge in graph.edges:
        arrow = "-.->" if edge.signal == "value" else "-->"
        lines.append(f"  {_name(edge.producer)} {arrow}|{edge.signal}| {_name(edge.consumer)}")
    lines += [f"  classDef {kind} fill:{fill},stroke:{_LINE[kind]},color:#222" for kind, fill in _FILL.items()]
    return "\n".join(lines) + "\n"


def to_dot(graph: Graph) -> str:
    """For Graphviz. Edges of plain values are dotted."""
    lines = ["digraph kmon {", "  rankdir=LR", '  node [shape=box, style="rounded,filled", fontname="sans-serif"]']
    for kind, title, nodes in _groups(graph):
        lines += [f"  subgraph cluster_{title} {{", f'    label="{title}"', '    color="#cccccc"']
        for node in nodes:
            paint = f'fillcolor="{_FILL[kind]}", color="{_LINE[kind]}"'
            lines.append(f'    "{node.id}" [label="{_text(node, chr(92) + "n")}", {paint}]')
        lines.append("  }")
    for edge in graph.edges:
        style = ", style=dotted" if edge.signal == "value" else ""
        lines.append(f'  "{edge.producer}" -> "{edge.consumer}" [label="{edge.signal}"{style}]')
    return "\n".join([*lines, "}"]) + "\n"


def _roles(graph: Graph) -> Mapping[str, str]:
    pushed = [edge for edge in graph.edges if edge.signal in PUSHED]
    feeds, fed = {edge.producer for edge in pushed}, {edge.consumer for edge in pushed}
    found = {end for edge in graph.edges if edge.signal == "targets" for end in (edge.producer, edge.consumer)}
    roles = {}
    for name in graph.nodes:
        match name in feeds, name in fed:
            case True, True:
                roles[name] = "processor"
            case True, False:
                roles[name] = "source"
            case False, True:
                roles[name] = "destination"
            case _:
                roles[name] = "discovery" if name in found else "other"
    return roles


def _groups(graph: Graph) -> Iterator[tuple[str, str, list[Node]]]:
    """Role, title and nodes of each group that has any, the nodes in the order of the data."""
    roles = _roles(graph)
    for kind, title in _GROUPS.items():
        nodes = [graph.nodes[name] for name in graph.order if roles[name] == kind]
        if nodes:
            yield kind, title, nodes


def _text(node: Node, line_end: str) -> str:
    return f"{node.type}{line_end}{node.label}" if node.label else node.type


def _name(node_id: str) -> str:
    """A word for Mermaid; underscores are doubled, so that no two ids become one."""
    return node_id.replace("_", "__").replace(".", "_")
