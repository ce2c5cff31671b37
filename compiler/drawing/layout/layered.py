"""One drawing of connected vertices, in columns from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compiler.drawing.layout.columns import Arc, Columns, Vertex, columns_of, entering, leaving
from compiler.drawing.layout.crossings import arrange
from compiler.drawing.layout.heights import heights

__all__ = ["Layered", "Run", "layered"]

_GAP = 22.0
_LANE = 66.0
_WIDEST_LANE = 220.0
"""The free space between two columns grows with the steepness of the lines in it."""

Run = tuple[float, float, float]
"""A stretch at one height: x from, x to, y. A route curves from run to run."""


@dataclass(frozen=True, slots=True)
class Layered:
    """`corners` are the left upper corners of the vertices. `routes` follow the arcs: the runs from the tail's edge to the
    head's edge; those of an arc that closes a circle go from right to left, those of a loop stay at the right edge."""

    corners: Mapping[str, tuple[float, float]]
    routes: Sequence[tuple[Run, ...]]
    width: float
    height: float


def layered(vertices: Mapping[str, Vertex], arcs: Sequence[Arc]) -> Layered:
    made = columns_of(vertices, arcs)
    arrange(made)
    tops = heights(made, _GAP)
    lefts, widths = _across(made, tops)
    column_of = {item: i for i, column in enumerate(made.columns) for item in column}
    corners = {id: (_left(made, i, column_of[i], lefts, widths), tops[i]) for i, id in enumerate(made.ids)}
    routes = [_route(made, i, arc, vertices, tops, corners, lefts, widths, column_of) for i, arc in enumerate(arcs)]
    bottom = max((tops[i] + made.height[i] for i in range(len(tops))), default=0.0)
    return Layered(corners, routes, lefts[-1] + widths[-1] if lefts else 0.0, bottom)


def _across(made: Columns, tops: Sequence[float]) -> tuple[list[float], list[float]]:
    """Where each column begins, and how wide it is."""
    lefts: list[float] = []
    widths = [max((made.width[item] for item in column), default=0.0) for column in made.columns]
    x = 0.0
    for width, segments in zip(widths, made.segments, strict=True):
        lefts.append(x)
        steepest = max((abs(tops[s.left] + s.leaves - tops[s.right] - s.enters) for s in segments), default=0.0)
        x += width + min(_LANE + steepest / 8, _WIDEST_LANE)
    return lefts, widths


def _left(made: Columns, item: int, column: int, lefts: Sequence[float], widths: Sequence[float]) -> float:
    """What nobody feeds stands at the right of its column, near to what it feeds."""
    fed = column > 0 and any(segment.right == item for segment in made.segments[column - 1])
    feeds = any(segment.left == item for segment in made.segments[column])
    return lefts[column] + (widths[column] - made.width[item] if feeds and not fed else 0.0)


def _route(
    made: Columns,
    index: int,
    arc: Arc,
    vertices: Mapping[str, Vertex],
    tops: Sequence[float],
    corners: Mapping[str, tuple[float, float]],
    lefts: Sequence[float],
    widths: Sequence[float],
    column_of: Mapping[int, int],
) -> tuple[Run, ...]:
    way = made.ways[index]
    back = index in made.backward
    first, last = (arc.head, arc.tail) if back else (arc.tail, arc.head)
    x, y = corners[first]
    at = column_of[way[0]]
    if arc.tail == arc.head:
        x += vertices[first].width
        return ((x, x, y + vertices[first].outputs[arc.tail_port]), (x, x, y + leaving(vertices[first], arc, True)))
    runs: list[Run] = [(x + vertices[first].width, lefts[at] + widths[at], y + leaving(vertices[first], arc, back))]
    for item in way[1:-1]:
        at = column_of[item]
        runs.append((lefts[at], lefts[at] + widths[at], tops[item] + made.height[item] / 2))
    x, y = corners[last]
    runs.append((lefts[column_of[way[-1]]], x, y + entering(vertices[last], arc, back)))
    if not back:
        return tuple(runs)
    return tuple((to, start, height) for start, to, height in reversed(runs))
