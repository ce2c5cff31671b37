"""Diagrams as JSON, for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from compiler.drawing.diagram import Box, Diagram, Frame
from compiler.reporting import entry

__all__ = ["to_json"]


def to_json(diagrams: Sequence[Diagram]) -> str:
    """`{"graphs": [{name, note, nodes, modules, edges, findings}]}`.

    A node is `{id, type, label, role, file, line, module, inside, findings}`, in the order of evaluation: `module` is the
    id of the open module that it stands in, or empty, `inside` the number of components in a folded one. A module is the
    same without role and inside. An edge is `{producer, consumer, signal}`. Findings are those of `kmon lint
    --output-format json`; the graph's own are about none of its nodes and modules.
    """
    graphs = [_graph(diagram) for diagram in diagrams]
    return json.dumps({"graphs": graphs}, indent=2, ensure_ascii=False) + "\n"


def _graph(diagram: Diagram) -> dict[str, Any]:
    return {
        "name": diagram.name,
        "note": diagram.note,
        "nodes": [_holder(one) for one in diagram.boxes],
        "modules": [_holder(one) for one in diagram.frames],
        "edges": [{"producer": one.producer, "consumer": one.consumer, "signal": one.signal} for one in diagram.lines],
        "findings": [entry(one) for one in diagram.elsewhere],
    }


def _holder(one: Box | Frame) -> dict[str, Any]:
    own = {"role": one.role} if isinstance(one, Box) else {}
    inside = {"inside": one.inside} if isinstance(one, Box) else {}
    return {
        "id": one.id,
        "type": one.type,
        "label": one.label,
        **own,
        "file": one.file,
        "line": one.line,
        "module": one.frame,
        **inside,
        "findings": [entry(finding) for finding in one.findings],
    }
