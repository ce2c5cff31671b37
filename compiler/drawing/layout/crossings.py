"""The order inside the columns, so that few lines cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence

from compiler.drawing.layout.columns import Columns, Segment

__all__ = ["arrange", "crossings"]

_SWEEPS = 12
_NEAR = 60
"""Columns up to this length are also improved by exchanging neighbours."""


def arrange(made: Columns) -> None:
    """Sets the order of `made.columns`: each item at the mean place of those that it is joined with, swept to and fro; of
    all sweeps the best counts."""
    _start(made)
    best, least = [list(column) for column in made.columns], _total(made)
    for sweep in range(_SWEEPS):
        if not least:
            break
        forward = sweep % 2 == 0
        steps = range(1, len(made.columns)) if forward else range(len(made.columns) - 2, -1, -1)
        for at in steps:
            _by_mean(made, at, forward)
        for at in steps:
            _exchange(made, at)
        if (total := _total(made)) < least:
            best, least = [list(column) for column in made.columns], total
    made.columns[:] = best


def crossings(left: Sequence[int], right: Sequence[int], segments: Iterable[Segment]) -> int:
    """How many pairs of segments cross between two columns."""
    above, below = _places(left), _places(right)
    ordered = sorted((above[s.left], s.leaves, below[s.right], s.enters) for s in segments)
    seen: list[tuple[float, float]] = []
    found = 0
    for _, _, place, enters in ordered:
        found += len(seen) - bisect_right(seen, (place, enters))
        insort(seen, (place, enters))
    return found


def _start(made: Columns) -> None:
    """Depth first, so that chains lie beside each other from the beginning."""
    after: dict[int, list[int]] = defaultdict(list)
    for segments in made.segments:
        for segment in segments:
            after[segment.left].append(segment.right)
    met: dict[int, int] = {}
    for column in made.columns:
        for item in column:
            stack = [item]
            while stack:
                current = stack.pop()
                if current not in met:
                    met[current] = len(met)
                    stack += reversed(after[current])
    for column in made.columns:
        column.sort(key=met.__getitem__)


def _total(made: Columns) -> int:
    return sum(
        crossings(left, right, segments)
        for left, right, segments in zip(made.columns, made.columns[1:], made.segments, strict=False)
    )


def _by_mean(made: Columns, at: int, forward: bool) -> None:
    other = _places(made.columns[at - 1 if forward else at + 1])
    joined: dict[int, list[float]] = defaultdict(list)
    for s in made.segments[at - 1 if forward else at]:
        mine, its, offset = (s.right, s.left, s.leaves) if forward else (s.left, s.right, s.enters)
        joined[mine].append(other[its] + offset / (made.height[its] + 1))
    place = _places(made.columns[at])
    share = len(other) / max(len(place), 1)
    made.columns[at].sort(
        key=lambda item: sum(joined[item]) / len(joined[item]) if joined[item] else place[item] * share
    )


def _exchange(made: Columns, at: int) -> None:
    """Neighbours change places where that takes away crossings, until none does."""
    column = made.columns[at]
    if len(column) > _NEAR:
        return
    ends: dict[int, list[list[tuple[int, float]]]] = {item: [[], []] for item in column}
    if at:
        before = _places(made.columns[at - 1])
        for s in made.segments[at - 1]:
            ends[s.right][0].append((before[s.left], s.leaves))
    if at + 1 < len(made.columns):
        after = _places(made.columns[at + 1])
        for s in made.segments[at]:
            ends[s.left][1].append((after[s.right], s.enters))
    changed = True
    while changed:
        changed = False
        for i in range(len(column) - 1):
            upper, lower = ends[column[i]], ends[column[i + 1]]
            now = sum(a > b for side in (0, 1) for a in upper[side] for b in lower[side])
            then = sum(a < b for side in (0, 1) for a in upper[side] for b in lower[side])
            if then < now:
                column[i], column[i + 1] = column[i + 1], column[i]
                changed = True


def _places(column: Sequence[int]) -> dict[int, int]:
    return {item: i for i, item in enumerate(column)}
