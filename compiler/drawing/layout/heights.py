"""The heights inside the columns: lines as straight as the order and the distances allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from compiler.drawing.layout.columns import Columns

__all__ = ["heights", "spread"]

_SWEEPS = 16
_IDLE = 0.01
"""The weight of an item that no line pulls, against that of one line."""
_WEIGHTS = (1.0, 2.0, 8.0)
"""How much a line wants to be level, by the number of waypoints at its ends: a bend far from both boxes shows most."""
_Pull = tuple[int, float, float]
"""The item at the other end, how much lower than its top the own top is when the line is level, and the weight."""
_SLIGHT = 20.0
"""A slope that is rather none."""


def heights(made: Columns, gap: float) -> list[float]:
    """The top of every item, the least of them 0. Items of a column keep their order and `gap` between them, half of it
    around waypoints."""
    tops = [0.0] * len(made.height)
    for column in made.columns:
        top = -sum(made.height[item] + gap for item in column) / 2
        for item in column:
            tops[item] = top
            top += made.height[item] + gap
    pulls: list[dict[int, list[_Pull]]] = [defaultdict(list), defaultdict(list)]
    for segments in made.segments:
        for s in segments:
            weight = _WEIGHTS[(s.left >= len(made.ids)) + (s.right >= len(made.ids))]
            pulls[0][s.right].append((s.left, s.leaves - s.enters, weight))
            pulls[1][s.left].append((s.right, s.enters - s.leaves, weight))
    for sweep in range(_SWEEPS):
        sides = (0, 1) if sweep >= _SWEEPS - 4 else (sweep % 2,)
        for column in made.columns if sweep % 2 == 0 else reversed(made.columns):
            _settle(made, column, tops, [pulls[side] for side in sides], gap)
    _straighten(made, tops, gap)
    least = min(tops, default=0.0)
    return [top - least for top in tops]


def spread(wanted: Sequence[float], weights: Sequence[float], distances: Sequence[float]) -> list[float]:
    """The places nearest to `wanted` (by weighted least squares) with at least `distances[i]` from i to i + 1.

    Isotonic regression by pooling adjacent violators.
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    shift = 0.0
    for i, place in enumerate(wanted):
        mean, weight, count = place - shift, weights[i], 1
        while pools and pools[-1][0] > mean:
            other, more, members = pools.pop()
            mean, weight, count = (
                (mean * weight + other * more) / (weight + more),
                weight + more,
                count + members,
            )
        pools.append((mean, weight, count))
        shift += distances[i] if i < len(distances) else 0.0
    out: list[float] = []
    shift = 0.0
    for mean, _, count in pools:
        for _ in range(count):
            out.append(mean + shift)
            shift += distances[len(out) - 1] if len(out) <= len(distances) else 0.0
    return out


def _settle(
    made: Columns,
    column: Sequence[int],
    tops: list[float],
    pulls: Sequence[dict[int, list[_Pull]]],
    gap: float,
) -> None:
    wanted, weights = [], []
    for item in column:
        pulled = [pull for side in pulls for pull in side.get(item, ())]
        weight = sum(one for _, _, one in pulled)
        wanted.append(sum((tops[o] + offset) * w for o, offset, w in pulled) / weight if pulled else tops[item])
        weights.append(weight or _IDLE)
    distances = [_distance(made, a, b, gap) for a, b in pairwise(column)]
    for item, top in zip(column, spread(wanted, weights, distances), strict=True):
        tops[item] = top


def _straighten(made: Columns, tops: list[float], gap: float) -> None:
    """Lines that are nearly level become level, where there is room: from left to right each item moves to the nearest
    of the lines that come from the left."""
    steps: list[dict[int, list[float]]] = [defaultdict(list) for _ in made.columns]
    for i, segments in enumerate(made.segments[:-1]):
        for s in segments:
            steps[i + 1][s.right].append(s.leaves - s.enters + tops[s.left] - tops[s.right])
        column = made.columns[i + 1]
        for at, item in enumerate(column):
            step = min(steps[i + 1][item], key=abs, default=0.0)
            above = tops[item] - tops[column[at - 1]] - _distance(made, column[at - 1], item, gap) if at else _SLIGHT
            below = (
                tops[column[at + 1]] - tops[item] - _distance(made, item, column[at + 1], gap)
                if at + 1 < len(column)
                else _SLIGHT
            )
            if -min(above, _SLIGHT) <= step <= min(below, _SLIGHT):
                tops[item] += step


def _distance(made: Columns, upper: int, lower: int, gap: float) -> float:
    """From top to top at least."""
    vertices = len(made.ids)
    return made.height[upper] + (gap if upper < vertices and lower < vertices else gap / 2)
