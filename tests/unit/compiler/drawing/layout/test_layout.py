"""What holds for every layout: nothing overlaps, data goes to the right, the same input gives the same places."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.drawing import Diagram
from compiler.drawing.diagram import Box, Frame, Line
from compiler.drawing.layout import Layout, Rect, Sizes, lay_out
from tests.unit.compiler.drawing.pictures import FOREACH, MODULE, PIPELINE, diagram

TITLE = 30.0


def sizes(drawn: Diagram) -> Sizes:
    boxes = {box.id: (100.0 + 7 * (i % 3), 40.0 + 10 * (i % 4)) for i, box in enumerate(drawn.boxes)}
    return Sizes(boxes, {frame.id: 90.0 for frame in drawn.frames}, TITLE)


def overlap(a: Rect, b: Rect) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def check(drawn: Diagram, acyclic: bool = True) -> Layout:
    made = lay_out(drawn, sizes(drawn))
    parent = {one.id: one.frame for one in drawn.holders}
    assert set(made.rects) == set(parent)
    for one, other in combinations(drawn.holders, 2):
        if parent[one.id] == parent[other.id]:
            assert not overlap(made.rects[one.id], made.rects[other.id]), (one.id, other.id)
    for one in drawn.holders:
        rect = made.rects[one.id]
        around = made.rects[one.frame] if one.frame else Rect(0, -TITLE, made.width, made.height + TITLE)
        assert around.x <= rect.x and rect.x + rect.width <= around.x + around.width + 0.01
        assert around.y + TITLE <= rect.y + 0.01 and rect.y + rect.height <= around.y + around.height + 0.01
    for box in drawn.boxes:
        assert (made.rects[box.id].width, made.rects[box.id].height) == sizes(drawn).boxes[box.id]
    carried = {line for route in made.routes for line in route.lines}
    assert carried == set(drawn.lines)
    for route in made.routes:
        xs = [x for start, end, _ in route.runs for x in (start, end)]
        if acyclic:
            assert all(a <= b for a, b in pairwise(xs)), route
        if route.begins:
            assert on_side(made.rects[route.lines[0].producer], xs[0], route.runs[0][2]), route
        if route.ends:
            assert on_side(made.rects[route.lines[0].consumer], xs[-1], route.runs[-1][2]), route
    # The level parts of lines are what passes boxes; the curves lie between the columns.
    for route in made.routes:
        for start, end, y in route.runs:
            for box in drawn.boxes:
                rect = made.rects[box.id]
                left, right = min(start, end), max(start, end)
                assert not (left < rect.x + rect.width and rect.x < right and rect.y < y < rect.y + rect.height)
    assert lay_out(drawn, sizes(drawn)) == made
    return made


def on_side(rect: Rect, x: float, y: float) -> bool:
    return min(abs(x - rect.x), abs(x - rect.x - rect.width)) < 0.01 and rect.y <= y <= rect.y + rect.height


@pytest.mark.parametrize("text", [PIPELINE, MODULE, FOREACH])
@pytest.mark.parametrize("open_modules", [False, True])
def test_configurations(text: str, open_modules: bool) -> None:
    check(diagram(text, open_modules=open_modules))


@st.composite
def diagrams(draw: st.DrawFn, circles: bool) -> Diagram:
    """Boxes in nested frames, and lines from earlier to later ones; anywhere with `circles`."""
    frames = [
        Frame(f"m.{i}", "m", str(i), "f", 1, draw(st.sampled_from(["", *(f"m.{j}" for j in range(i))])))
        for i in range(draw(st.integers(0, 3)))
    ]
    homes = st.sampled_from(["", *(frame.id for frame in frames)])
    count = draw(st.integers(0, 14))
    roles = st.sampled_from(["source", "processor", "destination", "other"])
    boxes = [Box(f"c.{i}", "c", str(i), draw(roles), "f", 1, draw(homes)) for i in range(count)]
    ends = st.integers(0, max(count - 1, 0))
    lines: dict[Line, None] = {}
    for a, b in draw(st.lists(st.tuples(ends, ends), max_size=24)) if count else ():
        if circles or a < b:
            lines[Line(f"c.{a}", f"c.{b}", draw(st.sampled_from(["logs", "metrics"])))] = None
    return Diagram("d", tuple(boxes), tuple(frames), tuple(lines))


@settings(max_examples=60, deadline=None)
@given(diagrams(circles=False))
def test_any_diagram_without_frames_that_feed_each_other(drawn: Diagram) -> None:
    check(drawn, acyclic=not drawn.frames)


@settings(max_examples=60, deadline=None)
@given(diagrams(circles=True))
def test_circles_too(drawn: Diagram) -> None:
    check(drawn, acyclic=False)


def chain(count: int) -> Diagram:
    boxes = tuple(Box(f"c.{i}", "c", str(i), "processor", "f", 1) for i in range(count))
    return Diagram("d", boxes, (), tuple(Line(f"c.{i}", f"c.{i + 1}", "logs") for i in range(count - 1)))


def test_a_chain_is_level_and_may_be_long() -> None:
    made = lay_out(chain(3000), Sizes({f"c.{i}": (50.0, 30.0) for i in range(3000)}, {}, TITLE))
    assert {rect.y for rect in made.rects.values()} == {0.0}
    assert made.rects["c.2999"].x == max(rect.x for rect in made.rects.values())


def test_destinations_stand_in_one_column() -> None:
    drawn = diagram(PIPELINE)
    made = lay_out(drawn, sizes(drawn))
    assert made.rects["loki.echo.e"].x == made.rects["loki.write.out"].x


def test_what_is_connected_with_nothing_comes_last() -> None:
    drawn = diagram("logging { }\n" + PIPELINE.replace("logging { }", ""))
    made = lay_out(drawn, sizes(drawn))
    assert made.rects["logging"].y == max(rect.y for rect in made.rects.values())
