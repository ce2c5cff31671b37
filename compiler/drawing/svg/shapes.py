"""Boxes, frames and lines as SVG elements."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement

from compiler.diagnostics import Diagnostic, Severity
from compiler.drawing.diagram import Box, Diagram, Frame
from compiler.drawing.layout import Rect, Route, Sizes
from compiler.drawing.marks import worst
from compiler.drawing.svg.text import elided, mono_width, wrapped
from compiler.drawing.words import codes, finding_text, holder_text, printable

__all__ = ["add", "box", "chips", "frame", "line", "number", "signal_labels", "sizes_of", "text"]

FRAME_TITLE = 38.0
_TYPE, _LABEL, _CODE = 11.0, 12.5, 9.5
_NARROW, _WIDE = 148.0, 236.0
_LEFT, _RIGHT = 15.0, 11.0
_CHIP = 15.0
_MANY = 12
"""Lines of a tooltip."""


def add(parent: Element, tag: str, content: str = "", /, **attributes: str | float) -> Element:
    """A child element; `_` in a name stands for `-`, and `class_` for `class`."""
    element = SubElement(parent, tag)
    for name, value in attributes.items():
        written = value if isinstance(value, str) else number(value)
        element.set(name.rstrip("_").replace("_", "-") if name != "viewBox" else name, written)
    if content:
        element.text = printable(content) if tag == "text" else content
    return element


def number(value: float) -> str:
    """To a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def text(parent: Element, x: float, y: float, content: str, class_: str, anchor: str = "start") -> Element:
    element = add(parent, "text", content, x=x, y=y, class_=class_)
    if anchor != "start":
        element.set("text-anchor", anchor)
    return element


def sizes_of(diagram: Diagram) -> Sizes:
    """All boxes have one width: as wide as the longest name needs, within limits."""
    widest = max((mono_width(box.label, _LABEL) for box in diagram.boxes if not box.is_port), default=0.0)
    widest = max(widest, max((mono_width(box.type, _TYPE) for box in diagram.boxes if not box.is_port), default=0.0))
    width = min(max(widest + _LEFT + _RIGHT, _NARROW), _WIDE)
    boxes = {box.id: (_port_width(box, width) if box.is_port else width, _height(box, width)) for box in diagram.boxes}
    titles = {one.id: _title_width(one) for one in diagram.frames}
    return Sizes(boxes, titles, FRAME_TITLE)


def box(parent: Element, one: Box, at: Rect) -> None:
    severity = worst(one.findings)
    group = add(parent, "g", class_=" ".join(["node", one.role, *([str(severity)] if severity is not None else [])]))
    add(group, "title", holder_text(one))
    if one.inside:
        for shift in (7.0, 3.5):
            _rectangle(group, Rect(at.x + shift, at.y - shift, at.width - 2 * shift, at.height), "card", 8)
    _rectangle(group, at, "box", at.height / 2 if one.is_port else 8)
    if not one.is_port:
        bar = f"M{number(at.x + 5)} {number(at.y + 9)}v{number(at.height - 18)}"
        add(group, "path", d=bar, class_="bar")
    types, labels = _texts(one, at.width)
    y = at.y + 18.5
    if one.is_port:
        middle = at.x + at.width / 2
        text(group, middle, at.y + 17, " ".join([*types, *labels]), "type", "middle")
        types = labels = []
    for row in types:
        text(group, at.x + _LEFT, y, row, "type" if labels else "label")
        y += 16.0
    for row in labels:
        text(group, at.x + _LEFT, y + 0.5, row, "label")
        y += 16.0
    chips(group, at.x + _LEFT - 1, at.y + at.height - _CHIP - 7, one.findings, at.width - _LEFT - _RIGHT)


def frame(parent: Element, one: Frame, at: Rect) -> None:
    severity = worst(one.findings)
    group = add(parent, "g", class_=" ".join(["node", *([str(severity)] if severity is not None else [])]))
    add(group, "title", holder_text(one))
    _rectangle(group, at, "frame", 12)
    heading = text(group, at.x + 16, at.y + 22, one.type, "label")
    if one.label:
        add(heading, "tspan", printable(f"  {one.label}"), class_="muted").set("font-weight", "400")
    chips(group, at.x + 26 + mono_width(f"{one.type}  {one.label}", _LABEL), at.y + 10, one.findings, 300)


def line(parent: Element, route: Route) -> None:
    signal = route.lines[0].signal
    group = add(parent, "g", class_=f"line {signal}")
    rows = [f"{one.producer} → {one.consumer}: {one.signal}" for one in route.lines]
    more = [f"… and {len(rows) - _MANY} more"] if len(rows) > _MANY else []
    add(group, "title", "\n".join(printable(row) for row in [*rows[:_MANY], *more]))
    path = add(group, "path", d=_curve(route))
    if route.ends:
        path.set("marker-end", f"url(#{signal})")
    for there, (start, end, y) in ((not route.begins, route.runs[0]), (not route.ends, route.runs[-1])):
        if there:
            add(group, "circle", cx=start if there and not route.begins else end, cy=y, r=3.2, class_="dot")


def signal_labels(parent: Element, routes: Iterable[Route], ports: Container[str]) -> None:
    """The signal where lines leave a box, once; what leaves one of `ports` has come in under its name."""
    leaving: dict[str, dict[str, list[Route]]] = {}
    for route in routes:
        first = route.lines[0]
        if route.begins and first.producer not in ports and route.runs[-1][0] >= route.runs[0][0]:
            leaving.setdefault(first.producer, {}).setdefault(first.signal, []).append(route)
    for own in leaving.values():
        for signal, gone in own.items():
            start, _, y = gone[0].runs[0]
            # Where all lines go up, the free place is below, if there is no other port.
            below = len(own) == 1 and all(route.runs[1][2] < y - 4 for route in gone)
            text(parent, start + 7, y + (12 if below else -4), signal, f"signal {signal}")


def chips(parent: Element, x: float, y: float, findings: Sequence[Diagnostic], width: float) -> float:
    """The codes of the findings with what they say as tooltips; what does not fit is counted. Returns the end on the right."""
    found = codes(findings)
    each = mono_width("KM000", _CODE) + 12
    room = max(int((width + 4) // (each + 4)), 1)
    shown = list(found.items()) if len(found) <= room else list(found.items())[: room - 1]
    for code, severity in shown:
        about = [one for one in findings if one.code == code]
        x = _chip(parent, x, y, code, severity, about)
    if len(shown) < len(found):
        rest = [one for one in findings if one.code not in dict(shown)]
        x = _chip(parent, x, y, f"+{len(found) - len(shown)}", max(one.severity for one in rest), rest)
    return x


def _chip(parent: Element, x: float, y: float, label: str, severity: Severity, about: Sequence[Diagnostic]) -> float:
    width = mono_width(label, _CODE) + 12
    group = add(parent, "g", class_=f"chip {severity}")
    if about:
        add(group, "title", "\n\n".join(finding_text(one) for one in about))
    add(group, "rect", x=x, y=y, width=width, height=_CHIP, rx=_CHIP / 2)
    text(group, x + width / 2, y + 11, label, "code", "middle")
    return x + width + 4


def _rectangle(parent: Element, at: Rect, class_: str, radius: float) -> None:
    add(parent, "rect", x=at.x, y=at.y, width=at.width, height=at.height, rx=radius, class_=class_)


def _curve(route: Route) -> str:
    """Straight along the runs, and from one to the next a curve that leaves and arrives level."""
    start, end, y = route.runs[0]
    path = [f"M{number(start)} {number(y)}"]
    if route.lines[0].producer == route.lines[0].consumer:
        drop = route.runs[-1][2] - y
        return f"{path[0]}c34 -4 34 {number(drop + 4)} 0 {number(drop)}"
    if end != start:
        path.append(f"H{number(end)}")
    x = end
    for begin, end, height in route.runs[1:]:
        middle = (x + begin) / 2
        path.append(f"C{number(middle)} {number(y)} {number(middle)} {number(height)} {number(begin)} {number(height)}")
        if end != begin:
            path.append(f"H{number(end)}")
        x, y = end, height
    return "".join(path)


def _texts(one: Box, width: float) -> tuple[list[str], list[str]]:
    """The rows of the type and of the label."""
    room = width - _LEFT - _RIGHT
    if one.is_port:
        columns = int(room / mono_width("x", _TYPE))
        return [one.type], [elided(one.label, columns - len(one.type) - 1)] if one.label else []
    if not one.label:
        return wrapped(one.type, _LABEL, room, 2), []
    return wrapped(one.type, _TYPE, room, 2), wrapped(one.label, _LABEL, room, 2)


def _port_width(one: Box, width: float) -> float:
    return min(mono_width(f"{one.type} {one.label}", _TYPE) + 2 * _LEFT, width)


def _height(one: Box, width: float) -> float:
    types, labels = _texts(one, width)
    rows = 1 if one.is_port else len(types) + len(labels)
    return 12.0 + rows * 16.0 + (_CHIP + 6 if one.findings else 0.0) - (2.0 if one.is_port else 0.0)


def _title_width(one: Frame) -> float:
    marks = len(codes(one.findings)) * (mono_width("KM000", _CODE) + 16)
    return mono_width(f"{one.type}  {one.label}", _LABEL) + 40 + min(marks, 300)
