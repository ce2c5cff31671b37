"""Drawings that are not connected, in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["shelves"]


def shelves(sizes: Sequence[tuple[float, float]], alone: Sequence[bool], gap: float) -> list[tuple[float, float]]:
    """The left upper corner of each, in rows from left to right and in the given order; what is `alone` has a row of its own.

    Rows are as wide as makes the whole about two times as wide as high, and at least as the widest of all; beside one that
    has the most of the area nothing is wider.
    """
    widest = max((width for width, _ in sizes), default=0.0)
    areas = [(width + gap) * (height + gap) for width, height in sizes]
    limit = widest if 2 * max(areas, default=0.0) > sum(areas) else max(widest, math.sqrt(2 * sum(areas)))
    corners: list[tuple[float, float]] = []
    x = y = row = 0.0
    closed = True
    for (width, height), single in zip(sizes, alone, strict=True):
        if not closed and (single or x + width > limit):
            x, y, row = 0.0, y + row + gap, 0.0
        corners.append((x, y))
        x, row = x + width + gap, max(row, height)
        closed = single
        if single:
            x, y, row = 0.0, y + row + gap, 0.0
    return corners
