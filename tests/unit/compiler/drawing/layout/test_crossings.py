"""The order inside the columns."""

from __future__ import annotations

import pytest

from compiler.drawing.layout.columns import Arc, Segment, Vertex, columns_of
from compiler.drawing.layout.crossings import arrange, crossings

BOX = Vertex(10, 10, {"": 5}, {"": 5})


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(0, 2), (1, 3)], 0),
        ([(0, 3), (1, 2)], 1),
        ([(0, 2), (0, 3), (1, 2), (1, 3)], 1),
        ([(0, 3), (0, 3), (1, 2)], 2),
    ],
)
def test_pairs_that_cross(pairs: list[tuple[int, int]], expected: int) -> None:
    assert crossings([0, 1], [2, 3], [Segment(a, 5, b, 5) for a, b in pairs]) == expected


def test_ports_of_one_box_cross_too() -> None:
    assert crossings([0], [1], [Segment(0, 2, 1, 8), Segment(0, 8, 1, 2)]) == 1


def test_a_graph_that_can_be_drawn_without_crossings_is() -> None:
    names = [f"{side}{i}" for side in "abc" for i in range(6)]
    arcs = [Arc(f"a{i}", "", f"b{(i * 5 + 2) % 6}", "") for i in range(6)]
    arcs += [Arc(f"b{i}", "", f"c{(i * 5 + 3) % 6}", "") for i in range(6)]
    made = columns_of(dict.fromkeys(names, BOX), arcs)
    arrange(made)
    assert sum(crossings(made.columns[i], made.columns[i + 1], made.segments[i]) for i in (0, 1)) == 0


def test_lines_to_one_input_share_their_way() -> None:
    arcs = [
        Arc("a", "", "b", ""),
        Arc("b", "", "c", ""),
        Arc("a", "", "c", ""),
        Arc("x", "", "c", ""),
        Arc("x", "", "b", ""),
    ]
    made = columns_of(dict.fromkeys("abcx", BOX), arcs)
    waypoint = {way[1] for way in made.ways if len(way) == 3}
    assert len(waypoint) == 1
