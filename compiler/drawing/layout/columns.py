"""Which column everything stands in: data flows to the right, and a line that passes a column has a waypoint in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Arc", "Columns", "Segment", "Vertex", "columns_of", "entering", "leaving"]

_WAYPOINT = 8.0
"""The height that a passing line takes."""
_LOW = 8.0


@dataclass(frozen=True, slots=True)
class Vertex:
    """A rectangle. Lines enter it on the left and leave it on the right, at `inputs` and `outputs`: the distance from its
    top by the name of the port. A vertex without outputs that has the pin `last` stands in the last column; a `rim`, which only
    gives or only takes, beyond the first or the last."""

    width: float
    height: float
    inputs: Mapping[str, float] = field(default_factory=dict)
    outputs: Mapping[str, float] = field(default_factory=dict)
    pin: str = ""  # "" | "last" | "rim"


@dataclass(frozen=True, slots=True)
class Arc:
    """A line from an output of `tail` to an input of `head`, both ids of vertices."""

    tail: str
    tail_port: str
    head: str
    head_port: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A line from one column to the next, between items, at these distances from their tops."""

    left: int
    leaves: float
    right: int
    enters: float


@dataclass(slots=True)
class Columns:
    """Items are vertices and waypoints, by number; `columns` holds them from the top down. `ways` are the items that each
    arc passes, from left to right; `backward` the arcs that run against the data's direction, because they close a
    circle."""

    ids: list[str]
    width: list[float]
    height: list[float]
    columns: list[list[int]]
    segments: list[dict[Segment, None]]
    ways: list[list[int]]
    backward: frozenset[int]


def leaving(left: Vertex, arc: Arc, backward: bool) -> float:
    """Where an arc touches the right side of the vertex at its left end: at its port, or low, out of the way of the others,
    when it runs backward."""
    return left.height - _LOW if backward else left.outputs[arc.tail_port]


def entering(right: Vertex, arc: Arc, backward: bool) -> float:
    """Where an arc touches the left side of the vertex at its right end."""
    return right.height - _LOW if backward else right.inputs[arc.head_port]


def columns_of(vertices: Mapping[str, Vertex], arcs: Sequence[Arc]) -> Columns:
    backward = _backward(vertices, arcs)
    pairs = [(a.head, a.tail) if i in backward else (a.tail, a.head) for i, a in enumerate(arcs)]
    ranks = _ranks(vertices, [pair for pair in pairs if pair[0] != pair[1]])
    ids = list(vertices)
    number = {id: i for i, id in enumerate(ids)}
    made = Columns(
        ids,
        [vertices[id].width for id in ids],
        [vertices[id].height for id in ids],
        [[] for _ in range(max(ranks.values(), default=-1) + 1)],
        [{} for _ in range(max(ranks.values(), default=-1) + 1)],
        [],
        backward,
    )
    for id in ids:
        made.columns[ranks[id]].append(number[id])
    _route(made, vertices, arcs, ranks, number)
    return made


def _backward(vertices: Mapping[str, Vertex], arcs: Sequence[Arc]) -> frozenset[int]:
    """The arcs that lead back to where a walk along the arcs comes from; without them there is no circle."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for i, arc in enumerate(arcs):
        leaving[arc.tail].append(i)
    fed = {arc.head for arc in arcs}
    done: set[str] = set()
    found: set[int] = set()
    # Whatever nobody feeds first, so that a circle is cut where the data would come back to its beginning.
    for start in sorted(vertices, key=fed.__contains__):
        path = [start] if start not in done else []
        on_path = set(path)
        left = {start: iter(leaving[start])}
        while path:
            arc_index = next(left[path[-1]], None)
            if arc_index is None:
                done.add(path[-1])
                on_path.discard(path.pop())
                continue
            head = arcs[arc_index].head
            if head in on_path:
                found.add(arc_index)
            elif head not in done:
                path.append(head)
                on_path.add(head)
                left[head] = iter(leaving[head])
    return frozenset(found)


def _ranks(vertices: Mapping[str, Vertex], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Longest path from the left; then whatever shortens lines by it moves to the right."""
    before: dict[str, list[str]] = {id: [] for id in vertices}
    after: dict[str, list[str]] = {id: [] for id in vertices}
    for tail, head in pairs:
        before[head].append(tail)
        after[tail].append(head)
    order = _topological(before, after)
    ranks: dict[str, int] = {}
    for id in order:
        ranks[id] = max((ranks[other] + 1 for other in before[id]), default=0)
    last = max((ranks[id] for id in order if vertices[id].pin != "rim"), default=0)
    for id in order:
        if vertices[id].pin == "last" and not after[id]:
            ranks[id] = last
    for id in order:
        if vertices[id].pin == "rim":
            ranks[id] = last + 1 if before[id] else -1
    for id in reversed(order):
        if not vertices[id].pin and len(after[id]) > len(before[id]):
            ranks[id] = min(ranks[other] for other in after[id]) - 1
    least = min(ranks.values(), default=0)
    used = {rank: i for i, rank in enumerate(sorted({rank - least for rank in ranks.values()}))}
    return {id: used[rank - least] for id, rank in ranks.items()}


def _topological(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> list[str]:
    waiting = {id: len(others) for id, others in before.items()}
    order = [id for id, count in waiting.items() if not count]
    for id in order:
        for other in after[id]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def _route(
    made: Columns,
    vertices: Mapping[str, Vertex],
    arcs: Sequence[Arc],
    ranks: Mapping[str, int],
    number: Mapping[str, int],
) -> None:
    """Waypoints and segments. Lines that end in one port, or begin in one, share their waypoints: they run as one trunk."""
    out: dict[tuple[str, str], int] = defaultdict(int)
    into: dict[tuple[str, str], int] = defaultdict(int)
    for arc in arcs:
        out[arc.tail, arc.tail_port] += 1
        into[arc.head, arc.head_port] += 1
    shared: dict[tuple[str, str, bool, int], int] = {}
    for i, arc in enumerate(arcs):
        if arc.tail == arc.head:
            made.ways.append([number[arc.tail]])
            continue
        left, right = (arc.head, arc.tail) if i in made.backward else (arc.tail, arc.head)
        to_head = into[arc.head, arc.head_port] >= out[arc.tail, arc.tail_port]
        trunk = (arc.head, arc.head_port) if to_head else (arc.tail, arc.tail_port)
        way = [number[left]]
        for rank in range(ranks[left] + 1, ranks[right]):
            key = (*trunk, i in made.backward, rank)
            if key not in shared:
                shared[key] = len(made.height)
                made.columns[rank].append(len(made.height))
                made.height.append(_WAYPOINT)
                made.width.append(0.0)
            way.append(shared[key])
        way.append(number[right])
        made.ways.append(way)
        for step, (a, b) in enumerate(pairwise(way)):
            leaves = leaving(vertices[left], arc, i in made.backward) if step == 0 else _WAYPOINT / 2
            enters = entering(vertices[right], arc, i in made.backward) if step == len(way) - 2 else _WAYPOINT / 2
            made.segments[ranks[left] + step].setdefault(Segment(a, leaves, b, enters))
