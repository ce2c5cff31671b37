"""The nearest places with distances between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.drawing.layout.heights import spread


@pytest.mark.parametrize(
    ("wanted", "weights", "expected"),
    [
        ([0.0, 20.0], [1.0, 1.0], [0.0, 20.0]),
        ([0.0, 0.0], [1.0, 1.0], [-5.0, 5.0]),
        ([0.0, 0.0], [3.0, 1.0], [-2.5, 7.5]),
        ([5.0, 0.0, 100.0], [1.0, 1.0, 1.0], [-2.5, 7.5, 100.0]),
        ([], [], []),
    ],
)
def test_examples(wanted: list[float], weights: list[float], expected: list[float]) -> None:
    assert spread(wanted, weights, [10.0] * (len(wanted) - 1)) == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0.1, 10), st.floats(0, 100)), min_size=1, max_size=20))
def test_the_distances_are_kept(items: list[tuple[float, float, float]]) -> None:
    wanted, weights, distances = (list(column) for column in zip(*items, strict=True))
    placed = spread(wanted, weights, distances[:-1])
    assert len(placed) == len(items)
    assert all(b - a >= d - 1e-6 for a, b, d in zip(placed, placed[1:], distances, strict=False))
