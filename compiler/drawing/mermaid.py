"""A diagram as Mermaid flowchart, which forges draw in a README."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from compiler.diagnostics import Severity
from compiler.drawing.colours import LIGHT
from compiler.drawing.diagram import GROUPS, Box, Diagram, Frame
from compiler.drawing.marks import worst
from compiler.drawing.words import codes, printable

__all__ = ["to_mermaid"]


def to_mermaid(diagrams: Sequence[Diagram]) -> str:
    """One flowchart; several diagrams are subgraphs of it. Lines of plain values are dotted, findings marked by their codes."""
    lines = ["flowchart LR"]
    used: set[str] = set()
    severities: dict[Severity, list[str]] = {}
    for number, diagram in enumerate(diagrams, 1):
        prefix = f"g{number}_" if len(diagrams) > 1 else ""
        names = _names(diagram, prefix, used)
        body = [*_boxes(diagram, names, prefix), *_lines(diagram, names)]
        if prefix:
            body = [f'subgraph g{number}["{_escaped(diagram.name)}"]', *(f"  {line}" for line in body), "end"]
        lines += [f"  {line}" for line in body]
        for one in diagram.holders:
            if (severity := worst(one.findings)) is not None:
                severities.setdefault(severity, []).append(names[one.id])
    lines += [
        f"  classDef {role} fill:{fill},stroke:{stroke},color:#222" for role, (fill, stroke) in LIGHT.roles.items()
    ]
    for severity, marked in sorted(severities.items()):
        lines.append(f"  classDef {severity} stroke:{LIGHT.severities[severity][1]},stroke-width:3px")
        lines.append(f"  class {','.join(marked)} {severity}")
    return "\n".join(lines) + "\n"


def _boxes(diagram: Diagram, names: dict[str, str], prefix: str) -> Iterator[str]:
    """What stands in no frame by role, in the direction of the data; then the frames."""
    members = diagram.members
    for role, title in GROUPS.items():
        boxes = [one for one in members[""] if isinstance(one, Box) and one.role == role]
        if boxes:
            yield f'subgraph {prefix}{title}["{title}"]' if prefix else f"subgraph {title}"
            yield from (f"  {_box(one, names)}" for one in boxes)
            yield "end"
    for one in members[""]:
        if isinstance(one, Frame):
            yield from _frame(one, diagram, names)


def _frame(frame: Frame, diagram: Diagram, names: dict[str, str]) -> Iterator[str]:
    text = f"{frame.type} {frame.label}" if frame.label else frame.type
    yield f'subgraph {names[frame.id]}["{_escaped(" ".join([text, *_marks(frame)]))}"]'
    for one in diagram.members[frame.id]:
        inner = [_box(one, names)] if isinstance(one, Box) else _frame(one, diagram, names)
        yield from (f"  {line}" for line in inner)
    yield "end"


def _box(box: Box, names: dict[str, str]) -> str:
    rows = [box.type, *([box.label] if box.label else []), *_marks(box)]
    if box.is_port:
        return f'{names[box.id]}(["{_escaped(" ".join(rows))}"]):::{box.role}'
    text = "<br/>".join(_escaped(row) for row in rows)
    opening, closing = ("[[", "]]") if box.inside else ("[", "]")
    return f'{names[box.id]}{opening}"{text}"{closing}:::{box.role}'


def _lines(diagram: Diagram, names: dict[str, str]) -> Iterator[str]:
    """One arrow for each pair, with all that flows."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for line in diagram.lines:
        pairs.setdefault((line.producer, line.consumer), []).append(line.signal)
    for (producer, consumer), signals in pairs.items():
        arrow = "-.->" if signals == ["value"] else "-->"
        yield f"{names[producer]} {arrow}|{', '.join(signals)}| {names[consumer]}"


def _marks(one: Box | Frame) -> list[str]:
    found = codes(one.findings)
    return [f"⚠ {' '.join(found)}"] if found else []


def _names(diagram: Diagram, prefix: str, used: set[str]) -> dict[str, str]:
    """A word for each box and frame. No part of an id begins with a digit, so that a number behind it makes it another."""
    names: dict[str, str] = {}
    for one in diagram.holders:
        word = prefix + one.id.replace("_", "__").replace(".", "_").replace("/", "_")
        same = 1
        while (name := word if same == 1 else f"{word}_{same}") in used:
            same += 1
        used.add(name)
        names[one.id] = name
    return names


def _escaped(text: str) -> str:
    """Inside of quotation marks, where Mermaid knows entities between `#` and `;`."""
    return "".join(f"#{ord(c)};" if c in '#"&<>`\\' else c for c in printable(text))
