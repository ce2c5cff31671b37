"""A diagram for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.drawing.colours import LIGHT
from compiler.drawing.diagram import GROUPS, Box, Diagram, Frame
from compiler.drawing.marks import worst
from compiler.drawing.words import codes, finding_text, holder_text, printable

__all__ = ["to_dot"]


def to_dot(diagrams: Sequence[Diagram]) -> str:
    """One digraph; several diagrams are clusters of it. Lines of plain values are dotted; findings are marked by their
    codes, their messages are tooltips."""
    lines = ["digraph kmon {", "  rankdir=LR", '  node [shape=box, style="rounded,filled", fontname="sans-serif"]']
    for diagram in diagrams:
        prefix = f"{diagram.name}:" if len(diagrams) > 1 else ""
        body = [*_boxes(diagram, prefix), *_lines(diagram, prefix)]
        if prefix:
            body = _cluster(diagram.name, diagram.name, body)
        lines += [f"  {line}" for line in body]
    return "\n".join([*lines, "}"]) + "\n"


def _boxes(diagram: Diagram, prefix: str) -> Iterator[str]:
    members = diagram.members
    for role, title in GROUPS.items():
        boxes = [one for one in members[""] if isinstance(one, Box) and one.role == role]
        if boxes:
            yield from _cluster(f"{prefix}{title}", title, [_box(one, prefix) for one in boxes])
    for one in members[""]:
        if isinstance(one, Frame):
            yield from _frame(one, diagram, prefix)


def _frame(frame: Frame, diagram: Diagram, prefix: str) -> list[str]:
    body: list[str] = []
    for one in diagram.members[frame.id]:
        body += [_box(one, prefix)] if isinstance(one, Box) else _frame(one, diagram, prefix)
    text = " ".join(part for part in (frame.type, frame.label, *codes(frame.findings)) if part)
    return _cluster(prefix + frame.id, text, [f"tooltip={_tooltip(frame)}", *body])


def _cluster(name: str, title: str, body: Sequence[str]) -> list[str]:
    inner = [f"label={_quoted(title)}", 'color="#cccccc"', *body]
    return [f"subgraph {_quoted(f'cluster_{name}')} {{", *(f"  {line}" for line in inner), "}"]


def _box(box: Box, prefix: str) -> str:
    fill, stroke = LIGHT.roles[box.role]
    severity = worst(box.findings)
    paint = f'fillcolor="{fill}", color="{LIGHT.severities[severity][1] if severity is not None else stroke}"'
    if severity is not None:
        paint += ", penwidth=2.5"
    if box.inside:
        paint += ", peripheries=2"
    rows = [box.type, box.label, " ".join(codes(box.findings))]
    label = _quoted("\n".join(row for row in rows if row))
    return f"{_quoted(prefix + box.id)} [label={label}, {paint}, tooltip={_tooltip(box)}]"


def _lines(diagram: Diagram, prefix: str) -> Iterator[str]:
    for line in diagram.lines:
        style = f', color="{LIGHT.signals[line.signal]}"' + (", style=dotted" if line.signal == "value" else "")
        ends = f"{_quoted(prefix + line.producer)} -> {_quoted(prefix + line.consumer)}"
        yield f'{ends} [label="{line.signal}"{style}]'


def _tooltip(one: Box | Frame) -> str:
    return _quoted("\n\n".join([holder_text(one), *(finding_text(finding) for finding in one.findings)]))


def _quoted(text: str) -> str:
    rows = (printable(row).replace("\\", "\\\\").replace('"', '\\"') for row in text.split("\n"))
    return '"' + "\\n".join(rows) + '"'
