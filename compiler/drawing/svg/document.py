"""The SVG of one or several diagrams: a title, a legend, a panel for each. No script, no font, nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, indent, tostring

from compiler.drawing.diagram import GROUPS, SIGNALS, Box, Diagram
from compiler.drawing.layout import Layout, Rect, lay_out
from compiler.drawing.layout.shelves import shelves
from compiler.drawing.svg.shapes import add, box, chips, frame, line, number, signal_labels, sizes_of, text
from compiler.drawing.svg.style import style_sheet
from compiler.drawing.svg.text import elided, sans_width
from compiler.drawing.words import counted, printable, summary

__all__ = ["to_svg"]

_MARGIN = 24.0
_INSIDE = 22.0
_NARROWEST = 560.0
_ROW = 20.0
_SHOWN = 12
"""Findings about no box that a panel lists."""


def to_svg(diagrams: Sequence[Diagram], title: str) -> str:
    """A drawing at its natural size, in pixels; light or dark as the reader's system is."""
    title = printable(title)
    layouts = [lay_out(diagram, sizes_of(diagram)) for diagram in diagrams]
    headed = len(diagrams) > 1
    sizes = [_panel_size(d, made, headed) for d, made in zip(diagrams, layouts, strict=True)]
    corners = shelves(sizes, [False] * len(sizes), _MARGIN)
    width = max([x + w for (x, _), (w, _) in zip(corners, sizes, strict=True)] + [_NARROWEST]) + 2 * _MARGIN
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-label": title})
    add(root, "title", title)
    add(root, "style", style_sheet())
    _arrows(root, diagrams)
    ground = add(root, "rect", class_="ground")
    text(root, _MARGIN, 40, elided(title, int((width - 2 * _MARGIN) / sans_width("x", 18))), "title")
    text(root, _MARGIN, 60, _subtitle(diagrams), "small muted")
    top = _legend(root, diagrams, width, 84.0) + 18
    for diagram, made, (x, y), (w, h) in zip(diagrams, layouts, corners, sizes, strict=True):
        alone = Rect(x + _MARGIN, y + top, w if headed else width - 2 * _MARGIN, h)
        _panel(root, diagram, made, alone, headed)
    height = top + max((y + h for (_, y), (_, h) in zip(corners, sizes, strict=True)), default=0.0) + _MARGIN
    for element in (root, ground):
        element.set("width", number(width))
        element.set("height", number(height))
    root.set("viewBox", f"0 0 {number(width)} {number(height)}")
    indent(root, " ")
    return tostring(root, encoding="unicode") + "\n"


def _subtitle(diagrams: Sequence[Diagram]) -> str:
    if len(diagrams) == 1:
        return summary(diagrams[0])
    return " · ".join([counted(len(diagrams), "configuration"), counted(sum(len(d.boxes) for d in diagrams), "node")])


def _panel_size(diagram: Diagram, made: Layout, headed: bool) -> tuple[float, float]:
    least = sans_width(f"{diagram.name}  {summary(diagram)}", 13) if headed else 0.0
    rows = _ROW * (min(len(diagram.elsewhere), _SHOWN + 1) + (1 if diagram.elsewhere else 0))
    return max(made.width, least) + 2 * _INSIDE, made.height + 2 * _INSIDE + (30 if headed else 0) + rows


def _panel(root: Element, diagram: Diagram, made: Layout, at: Rect, headed: bool) -> None:
    group = add(root, "g")
    add(group, "rect", x=at.x, y=at.y, width=at.width, height=at.height, rx=14, class_="panel")
    top = at.y + _INSIDE
    if headed:
        heading = text(group, at.x + _INSIDE, at.y + 30, diagram.name, "name")
        add(heading, "tspan", f"   {summary(diagram)}", class_="small muted").set("font-weight", "400")
        top += 30
    inner = add(group, "g", transform=f"translate({number(at.x + _INSIDE)} {number(top)})")
    for module in diagram.frames:
        frame(inner, module, made.rects[module.id])
    for route in made.routes:
        line(inner, route)
    signal_labels(inner, made.routes, {one.id for one in diagram.boxes if one.is_port})
    for one in diagram.boxes:
        box(inner, one, made.rects[one.id])
    y = top + made.height + _ROW
    for found in diagram.elsewhere[:_SHOWN]:
        end = chips(group, at.x + _INSIDE, y, [found], 60)
        place = f"{found.span}: " if found.span is not None else ""
        room = int((at.x + at.width - end - _INSIDE) / sans_width("x", 11))
        text(group, end + 4, y + 11, elided(f"{place}{found.message}", room), "small")
        y += _ROW
    if len(diagram.elsewhere) > _SHOWN:
        text(group, at.x + _INSIDE, y + 11, f"and {len(diagram.elsewhere) - _SHOWN} more", "small muted")


def _legend(root: Element, diagrams: Sequence[Diagram], width: float, y: float) -> float:
    """What the colours stand for, of those that occur. Returns where it ends."""
    boxes = [one for diagram in diagrams for one in diagram.boxes]
    signals = {one.signal for diagram in diagrams for one in diagram.lines}
    x = _MARGIN
    entries = [
        *(("role", role) for role in GROUPS if any(one.role == role for one in boxes)),
        *(("signal", signal) for signal in SIGNALS if signal in signals),
        *(("folded", "folded module") for _ in range(any(map(_is_folded, boxes)))),
    ]
    for kind, name in entries:
        taken = 26 + sans_width(name, 11) + 16
        if x + taken > width - _MARGIN:
            x, y = _MARGIN, y + _ROW
        group = add(root, "g", class_={"role": name, "signal": f"line {name}", "folded": "other"}[kind])
        if kind == "signal":
            add(group, "path", d=f"M{number(x)} {number(y - 4)}h20", marker_end=f"url(#{name})")
        else:
            if kind == "folded":
                add(group, "rect", x=x + 4, y=y - 13, width=12, height=12, rx=3, class_="card")
            add(group, "rect", x=x + 2, y=y - 10.5, width=16, height=12, rx=3, class_="box")
        text(group, x + 26, y, name, "small")
        x += taken
    return y


def _is_folded(one: Box) -> bool:
    return one.inside > 0


def _arrows(root: Element, diagrams: Sequence[Diagram]) -> None:
    definitions = add(root, "defs")
    used = {one.signal for diagram in diagrams for one in diagram.lines}
    for signal in (one for one in SIGNALS if one in used):
        marker = add(definitions, "marker", id=signal, viewBox="0 0 8 8", orient="auto")
        for name, value in (("refX", "7"), ("refY", "4"), ("markerWidth", "8"), ("markerHeight", "8")):
            marker.set(name, value)
        marker.set("markerUnits", "userSpaceOnUse")
        add(marker, "path", d="M0 .5L8 4L0 7.5L1.8 4Z", class_=f"head {signal}")
