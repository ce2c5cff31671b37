"""From the resolved graph to what is drawn: modules folded into one box each, or open with what is inside of them.

A `declare` is drawn where it is used, as the inside of each of its instances. In an open module the receiver that an
argument brings is where data leaves: lines to it are turned into the direction of the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from compiler.diagnostics import Diagnostic, Span
from compiler.drawing.diagram import Box, Diagram, Frame, Line
from compiler.drawing.marks import Marks
from compiler.graph.edges import PUSHED, signal
from compiler.graph.library import constant_text
from compiler.graph.model import Graph, Node, Reference
from compiler.graph.modules import attribute, template
from compiler.graph.references import traversals
from compiler.syntax.tree import Attribute, Block, Body, Statement

__all__ = ["LIMIT", "TooManyBoxesError", "unfold"]

LIMIT = 5000
"""Boxes and frames of one diagram; modules that use modules grow without end before anyone can read them."""
_REFINED = ("logs", "metrics", "traces")
"""An argument of one of these names says what OpenTelemetry data goes to the consumers in it."""
_HANDED = PUSHED.union(_REFINED)


class TooManyBoxesError(Exception):
    """The open modules make more than `LIMIT` boxes and frames."""


@dataclass(frozen=True)
class _Scope:
    """A graph that is drawn inside the frame `frame`, or that only defines modules. `arguments` are the signals that the
    instance's arguments bring."""

    graph: Graph
    frame: str = ""
    parent: _Scope | None = None
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: tuple[str, ...] = ()

    def id(self, node: str) -> str:
        return f"{self.frame}/{node}" if self.frame else node

    def outwards(self) -> Iterator[_Scope]:
        scope: _Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @cached_property
    def used_declares(self) -> frozenset[str]:
        """They are drawn as the insides of what uses them."""
        targets = {reference.target for node in self.graph.nodes.values() for reference in node.references}
        return frozenset(id for id in targets if self.graph.nodes[id].type == "declare")

    def with_node(self, node: str) -> _Scope | None:
        return next((scope for scope in self.outwards() if node in scope.graph.nodes), None)


@dataclass(frozen=True, slots=True)
class _Module:
    """What an instance is an instance of: the graph inside, the scope that it is defined in, and its block."""

    graph: Graph
    scope: _Scope
    block: Block


def unfold(
    graph: Graph, findings: Iterable[Diagnostic] = (), *, name: str = "", note: str = "", open_modules: bool = False
) -> Diagram:
    """The diagram of `graph`, boxes in the order of evaluation, each finding at the innermost box that it is about.

    Raises `TooManyBoxesError`.
    """
    marks = Marks(findings)
    made = _Unfolding(marks, open_modules)
    made.draw(_Scope(graph))
    needless = _constants(made.boxes, made.lines)
    lines = tuple(_refined(made.boxes, [line for line in made.lines if line.producer not in needless]))
    roles = _roles(made.boxes, lines)
    boxes = tuple(replace(box, role=roles[box.id]) for box in made.boxes if box.id not in needless)
    return Diagram(name, boxes, tuple(made.frames), lines, note, marks.left)


class _Unfolding:
    def __init__(self, marks: Marks, open_modules: bool) -> None:
        self._marks = marks
        self._open = open_modules
        self.boxes: list[Box] = []
        self.frames: list[Frame] = []
        self.lines: dict[Line, None] = {}

    def draw(self, scope: _Scope) -> None:
        drawn = [scope.graph.nodes[id] for id in scope.graph.order if id not in scope.used_declares]
        for node in drawn:
            inside = self._inside(node, scope)
            if inside is None:
                self._box(node, scope)
            else:
                self._frame(node, scope, inside)
        for node in scope.graph.nodes.values():
            for producer, consumer, flows in self._links(node, scope):
                if producer is not None and consumer is not None:
                    self.lines[Line(producer, consumer, flows)] = None

    def _inside(self, node: Node, scope: _Scope) -> _Module | None:
        """What an open module shows; None for what is one box."""
        if not self._open or scope.id(node.id) in scope.within:
            return None
        if node.type == "foreach" and node.inner is not None:
            return _Module(node.inner, scope, node.block)
        module = _module_of(node, scope)
        if module is None or f"{module.block.span}" in scope.within:
            return None
        return module

    def _box(self, node: Node, scope: _Scope) -> None:
        module = _module_of(node, scope)
        definition = [module.block] if module is not None else []
        graph = node.inner if node.inner is not None and not node.is_import else module.graph if module else None
        file, line = node.block.span.file, node.block.span.position[0]
        found = self._marks.take([node.block, *definition])
        inside = _size(graph) if graph is not None else 0
        self._add(Box(scope.id(node.id), node.type, node.label, "other", file, line, scope.frame, found, inside))

    def _frame(self, node: Node, scope: _Scope, module: _Module) -> None:
        id = scope.id(node.id)
        blocks = [one.block for one in module.graph.nodes.values()]
        found = self._marks.take([node.block, module.block], without=blocks)
        file, line = node.block.span.file, node.block.span.position[0]
        self._count()
        self.frames.append(Frame(id, node.type, node.label, file, line, scope.frame, found))
        arguments: dict[str, tuple[str, ...]] = {}
        if node.type == "foreach":
            item = constant_text(written.value, {}) if (written := attribute(node.block, "var")) else None
            self._add(Box(f"{id}/item", "item", item or "", "other", file, line, id))
        else:
            for argument, flows in self._brought(node, scope):
                arguments[argument] = tuple(dict.fromkeys((*arguments.get(argument, ()), flows)))
        within = (*scope.within, f"{module.block.span}")
        self.draw(_Scope(module.graph, id, module.scope, arguments, within))

    def _add(self, box: Box) -> None:
        self._count()
        self.boxes.append(box)

    def _count(self) -> None:
        if len(self.boxes) + len(self.frames) >= LIMIT:
            raise TooManyBoxesError

    def _brought(self, node: Node, scope: _Scope) -> Iterator[tuple[str, str]]:
        """The arguments of an instance that refer to something, and the signals of what they refer to."""
        for reference in node.references:
            names = _attributes_at(node.block, reference.span)
            if names:
                for flows in _signals(scope, reference, names):
                    yield names[0], flows
        for reference in node.captured:
            owner = scope.parent.with_node(reference.target) if scope.parent is not None else None
            names = _attributes_at(node.block, reference.span)
            if names and owner is not None:
                for flows in _signals(owner, reference, names):
                    yield names[0], flows

    def _links(self, node: Node, scope: _Scope) -> Iterator[tuple[str | None, str | None, str]]:
        """Producer, consumer and signal of everything that the node refers to; None for an end that is not drawn."""
        if node.id in scope.used_declares:
            return
        inside = self._inside(node, scope)
        around = [(scope, reference) for reference in node.references]
        for reference in node.captured:
            owner = scope.parent.with_node(reference.target) if scope.parent is not None else None
            around += [(owner, reference)] if owner is not None else []
        for owner, reference in around:
            names = _attributes_at(node.block, reference.span)
            if inside is not None and node.type == "foreach" and _within_template(node.block, reference.span):
                continue  # those of the boxes inside count
            mine = self._end(node, scope, names[0] if names else "", "argument")
            theirs = self._end(owner.graph.nodes[reference.target], owner, "".join(reference.path[:1]), "export")
            for flows in _signals(owner, reference, names):
                yield (mine, theirs, flows) if flows in _HANDED else (theirs, mine, flows)
        if scope.frame and (item := self._item(scope)) is not None and _uses(node.block, item):
            yield f"{scope.frame}/item", self._end(node, scope, "", "argument"), "value"

    def _end(self, node: Node, scope: _Scope, port: str, kind: str) -> str | None:
        """The box where a line to a node ends: the node itself, or the port inside of an open module."""
        if node.id in scope.used_declares:
            return None
        inside = self._inside(node, scope)
        id = scope.id(node.id)
        if inside is None:
            return id
        if node.type == "foreach":
            return f"{id}/item"
        return f"{id}/{kind}.{port}" if f"{kind}.{port}" in inside.graph.nodes else None

    def _item(self, scope: _Scope) -> str | None:
        return next((box.label for box in self.boxes if box.id == f"{scope.frame}/item"), None)


def _signals(owner: _Scope, reference: Reference, names: tuple[str, ...]) -> tuple[str, ...]:
    """What flows where something refers to `reference` in the attribute `names`, the outermost of them first."""
    node = owner.graph.nodes[reference.target]
    if node.type == "argument":
        all_flows = owner.arguments.get(node.label, ("value",))
    else:
        all_flows = (signal(node.schema.exports.get(reference.path[0], "")) if reference.path else "value",)
    refined = names[-1] if names and names[-1] in _REFINED else "otel"
    return tuple(refined if flows == "otel" else flows for flows in all_flows)


def _module_of(node: Node, scope: _Scope) -> _Module | None:
    """The definition of a custom component; None when the node is none, or its content is not known."""
    if not node.definer or (owner := scope.with_node(node.definer)) is None:
        return None
    definer = owner.graph.nodes[node.definer]
    if definer.type == "declare":
        return _Module(definer.inner, owner, definer.block) if definer.inner is not None else None
    if definer.inner is None:
        return None
    declare = definer.inner.nodes.get(f"declare.{node.type.partition('.')[2]}")
    if declare is None or declare.inner is None:
        return None
    return _Module(declare.inner, _Scope(definer.inner, parent=owner), declare.block)


def _size(graph: Graph) -> int:
    """The components of a module, modules in it as one each."""
    return sum(node.type not in ("argument", "export", "declare") for node in graph.nodes.values())


def _attributes_at(block: Block, span: Span) -> tuple[str, ...]:
    """The names of the attribute that `span` stands in: the statement of the block itself that it is in or under, and the
    attribute itself. Empty when it is in none."""
    path: list[str] = []
    body: Body | None = block.body
    while body is not None:
        holder = next((s for s in body.statements if _holds(s, span)), None)
        body = None
        if isinstance(holder, Attribute):
            path.append(holder.name.text)
        elif holder is not None:
            path.append(holder.id)
            body = holder.body
    return tuple(path)


def _holds(statement: Statement, span: Span) -> bool:
    inside = statement.span.start <= span.start < statement.span.end
    return inside and statement.span.source is span.source


def _within_template(block: Block, span: Span) -> bool:
    return _attributes_at(block, span)[:1] == ("template",) or any(_holds(s, span) for s in template(block))


def _uses(block: Block, variable: str) -> bool:
    """Whether any expression of the block begins with the word `variable`."""
    found = [*block.body.statements]
    for statement in found:
        if isinstance(statement, Block):
            found += statement.body.statements
        elif any(one.names[0] == variable for one in traversals(statement.value)):
            return True
    return False


def _constants(boxes: Iterable[Box], lines: Iterable[Line]) -> set[str]:
    """Arguments that nothing flows through: they bring a module its settings."""
    lines = tuple(lines)
    flowing = {end for line in lines if line.signal != "value" for end in (line.producer, line.consumer)}
    given = {line.consumer for line in lines}
    arguments = {box.id for box in boxes if box.type == "argument" and not box.findings}
    return arguments - flowing - given


def _refined(boxes: Iterable[Box], lines: Iterable[Line]) -> Iterable[Line]:
    """What is known inside of a module of the OpenTelemetry data that leaves it, is known outside too."""
    found = list(lines)
    for port in reversed([box.id for box in boxes if box.is_port]):
        flows = dict.fromkeys(line.signal for line in found if line.consumer == port and line.signal in _REFINED)
        if flows:
            found = [
                replace(line, signal=flow)
                for line in found
                for flow in (flows if line.producer == port and line.signal == "otel" else (line.signal,))
            ]
    return dict.fromkeys(found)


def _roles(boxes: Iterable[Box], lines: Iterable[Line]) -> Mapping[str, str]:
    lines = tuple(lines)
    feeds = {line.producer for line in lines if line.signal in _HANDED}
    fed = {line.consumer for line in lines if line.signal in _HANDED}
    found = {end for line in lines if line.signal == "targets" for end in (line.producer, line.consumer)}
    roles = {}
    for box in boxes:
        match box.id in feeds, box.id in fed:
            case _ if box.is_port:
                roles[box.id] = "other"
            case True, True:
                roles[box.id] = "processor"
            case True, False:
                roles[box.id] = "source"
            case False, True:
                roles[box.id] = "destination"
            case _:
                roles[box.id] = "discovery" if box.id in found else "other"
    return roles
