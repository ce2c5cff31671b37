"""A diagram's layout: every frame is a drawing of its own, and a rectangle with ports in the drawing around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from compiler.drawing.diagram import Box, Diagram, Frame, Line
from compiler.drawing.layout.columns import Arc, Vertex
from compiler.drawing.layout.layered import Layered, Run, layered
from compiler.drawing.layout.shelves import shelves

__all__ = ["Layout", "Rect", "Route", "Sizes", "lay_out"]

_PORT = 13.0
"""Between the ports of one side of a box."""
_RIM = 10.0
_PADDING = 22.0
_APART = 30.0


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float

    def moved(self, x: float, y: float) -> Rect:
        return Rect(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Route:
    """What is drawn of `lines`, which share it, between two boxes or the rims of frames: from `tail` to `head`. It `begins`
    or `ends` at a box."""

    runs: tuple[Run, ...]
    lines: tuple[Line, ...]
    begins: bool
    ends: bool

    def moved(self, x: float, y: float) -> Route:
        runs = tuple((a + x, b + x, height + y) for a, b, height in self.runs)
        return Route(runs, self.lines, self.begins, self.ends)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Width and height of each box by its id; `title` is the space for a frame's title: its width by id, and the height
    of all."""

    boxes: Mapping[str, tuple[float, float]]
    titles: Mapping[str, float]
    title: float


@dataclass(slots=True)
class Layout:
    """Where boxes and frames stand, by id. `inputs` and `outputs` are where lines cross the left and the right rim: their
    distance from the top by port."""

    rects: dict[str, Rect] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    inputs: dict[str, float] = field(default_factory=dict)
    outputs: dict[str, float] = field(default_factory=dict)

    def add(self, inner: Layout, x: float, y: float) -> None:
        self.rects |= {id: rect.moved(x, y) for id, rect in inner.rects.items()}
        self.routes += [route.moved(x, y) for route in inner.routes]


def lay_out(diagram: Diagram, sizes: Sizes) -> Layout:
    return _Composition(diagram, sizes).frame("")


class _Composition:
    def __init__(self, diagram: Diagram, sizes: Sizes) -> None:
        self._sizes = sizes
        self._members = diagram.members
        self._parent = {one.id: one.frame for one in diagram.holders}
        self._arcs: dict[str, dict[Arc, list[Line]]] = {frame: {} for frame in self._members}
        for line in diagram.lines:
            for frame, arc in self._pieces(line):
                self._arcs[frame].setdefault(arc, []).append(line)

    def _pieces(self, line: Line) -> Iterator[tuple[str, Arc]]:
        """The line cut at the rims of frames: one arc for each frame that it runs in."""
        out, into = self._around(line.producer), self._around(line.consumer)
        common = next(frame for _, frame in out if frame in {other for _, other in into})
        tail, tail_port = line.producer, line.signal
        for member, frame in out:
            if frame == common:
                tail = member
                break
            leaving = f"{line.producer} {line.signal}"
            yield frame, Arc(member, tail_port, f"out {leaving}", "")
            tail_port = leaving
        inside = []
        head, head_port = line.consumer, line.signal
        for member, frame in into:
            if frame == common:
                head = member
                break
            entering = f"{line.consumer} {line.signal}"
            inside.append((frame, Arc(f"in {entering}", "", member, head_port)))
            head_port = entering
        yield common, Arc(tail, tail_port, head, head_port)
        yield from reversed(inside)

    def _around(self, box: str) -> list[tuple[str, str]]:
        """A member and the frame that it stands in, from the box outwards."""
        found = [(box, self._parent[box])]
        while found[-1][1]:
            found.append((found[-1][1], self._parent[found[-1][1]]))
        return found

    def frame(self, id: str) -> Layout:
        """The drawing of what is in the frame `id`, or in none; its rim is at the edges of the drawing."""
        inner = {one.id: self.frame(one.id) for one in self._members[id] if isinstance(one, Frame)}
        arcs = self._arcs[id]
        vertices = self._vertices(self._members[id], inner, list(arcs))
        made = Layout()
        # What is connected with nothing is an aside: it comes last.
        parts = sorted(_connected(vertices, list(arcs)), key=lambda part: not part[1])
        drawn = [layered({one: vertices[one] for one in part}, own) for part, own in parts]
        at_left = [any(v.startswith("in ") and vertices[v].pin == "rim" for v in part) for part, _ in parts]
        at_right = [any(v.startswith("out ") and vertices[v].pin == "rim" for v in part) for part, _ in parts]
        pad = _PADDING if id else 0.0
        sizes = [
            (one.width + (0.0 if left else pad) + (0.0 if right else pad), one.height)
            for one, left, right in zip(drawn, at_left, at_right, strict=True)
        ]
        alone = [left or right for left, right in zip(at_left, at_right, strict=True)]
        corners = shelves(sizes, alone, _APART)
        top = self._sizes.title if id else 0.0
        made.width = max(
            (x + width for (x, _), (width, _) in zip(corners, sizes, strict=True)),
            default=0.0,
        )
        made.width = max(made.width, self._sizes.titles.get(id, 0.0))
        made.height = max((y + height for (_, y), (_, height) in zip(corners, sizes, strict=True)), default=0.0)
        made.height += top + (pad and _PADDING)
        for (part, own), one, (x, y), left in zip(parts, drawn, corners, at_left, strict=True):
            self._place(made, part, own, one, vertices, arcs, x + (0.0 if left else pad), y + top)
        for child, layout in inner.items():
            corner = made.rects[child]
            made.add(layout, corner.x, corner.y)
        return made

    def _place(
        self,
        made: Layout,
        part: Sequence[str],
        own: Sequence[Arc],
        drawn: Layered,
        vertices: Mapping[str, Vertex],
        arcs: Mapping[Arc, Sequence[Line]],
        x: float,
        y: float,
    ) -> None:
        for id in part:
            vertex, (left, top) = vertices[id], drawn.corners[id]
            if vertex.pin != "rim":
                made.rects[id] = Rect(left + x, top + y, vertex.width, vertex.height)
            elif id.startswith("in "):
                made.inputs[id.removeprefix("in ")] = top + y + vertex.height / 2
            else:
                made.outputs[id.removeprefix("out ")] = top + y + vertex.height / 2
        for arc, runs in zip(own, drawn.routes, strict=True):
            begins, ends = arc.tail in self._sizes.boxes, arc.head in self._sizes.boxes
            moved = Route(runs, tuple(arcs[arc]), begins, ends).moved(x, y)
            if vertices[arc.head].pin == "rim":
                start, _, height = moved.runs[-1]
                moved = Route((*moved.runs[:-1], (start, made.width, height)), moved.lines, begins, ends)
            made.routes.append(moved)

    def _vertices(
        self, members: Sequence[Box | Frame], inner: Mapping[str, Layout], arcs: Sequence[Arc]
    ) -> dict[str, Vertex]:
        inputs: dict[str, dict[str, None]] = {}
        outputs: dict[str, dict[str, None]] = {}
        for arc in arcs:
            outputs.setdefault(arc.tail, {})[arc.tail_port] = None
            inputs.setdefault(arc.head, {})[arc.head_port] = None
        made: dict[str, Vertex] = {}
        for one in members:
            if isinstance(one, Frame):
                layout = inner[one.id]
                made[one.id] = Vertex(layout.width, layout.height, layout.inputs, layout.outputs)
                continue
            width, height = self._sizes.boxes[one.id]
            left, right = (_ports(height, side.get(one.id, {})) for side in (inputs, outputs))
            made[one.id] = Vertex(width, height, left, right, "last" if one.role == "destination" else "")
        for id in (*inputs, *outputs):
            if id not in made:
                made[id] = Vertex(0.0, _RIM, {"": _RIM / 2}, {"": _RIM / 2}, "rim")
        return made


def _ports(height: float, names: Mapping[str, None]) -> dict[str, float]:
    """Evenly around the middle of the side."""
    apart = min(_PORT, (height - 8) / max(len(names), 1))
    first = height / 2 - apart * (len(names) - 1) / 2
    return {name: first + apart * i for i, name in enumerate(names)}


def _connected(vertices: Mapping[str, Vertex], arcs: Sequence[Arc]) -> Iterator[tuple[list[str], list[Arc]]]:
    """Vertices that arcs connect, with their arcs; in the order of the first of each."""
    joined: dict[str, list[str]] = {id: [] for id in vertices}
    for arc in arcs:
        joined[arc.tail].append(arc.head)
        joined[arc.head].append(arc.tail)
    number: dict[str, int] = {}
    count = 0
    for start in vertices:
        if start in number:
            continue
        stack = [start]
        while stack:
            if (current := stack.pop()) not in number:
                number[current] = count
                stack += joined[current]
        count += 1
    parts: list[tuple[list[str], list[Arc]]] = [([], []) for _ in range(count)]
    for id in vertices:
        parts[number[id]][0].append(id)
    for arc in arcs:
        parts[number[arc.tail]][1].append(arc)
    yield from parts
