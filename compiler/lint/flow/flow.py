"""Labels and paths along the edges of a graph: a small abstract interpretation with "unknown" as a value.

Everything errs on one side: a label that is denied is sure not to exist, a path that is named can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from compiler.diagnostics import Span
from compiler.graph.edges import PUSHED
from compiler.graph.model import Graph, Node
from compiler.graph.read import attribute, constant, text, written
from compiler.graph.references import words
from compiler.lint.flow.kubernetes import kubernetes_labels
from compiler.lint.flow.names import ANYTHING, NOTHING, Names
from compiler.lint.flow.relabel import Rule, apply, rules_of
from compiler.lint.flow.signals import Wire, wires_of
from compiler.lint.flow.stages import StageState, interpret
from compiler.syntax.tree import Array, Block, Call, Expression, Literal, Object, Paren

__all__ = ["Flow", "Logs", "Path", "Targets"]


@dataclass(frozen=True, slots=True)
class Path:
    """A value that `__path__` can have: a text, or a template of a relabel rule (`/var/log/pods/*$1/*.log`)."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of one list. `paths` are what is known of `__path__`; `known` whether these are all."""

    labels: Names
    paths: tuple[Path, ...] = ()
    known: bool = True

    def __or__(self, other: Targets) -> Targets:
        paths = (*self.paths, *(path for path in other.paths if path not in self.paths))
        return Targets(self.labels | other.labels, paths, self.known and other.known)


@dataclass(frozen=True, slots=True)
class Logs:
    """What arrives at a receiver for logs; `sources` are the components where it begins, as far as known."""

    labels: Names
    sources: frozenset[str] = frozenset()


_ALWAYS_MATCH = frozenset({"(.*)", ".*", "^(.*)$", "^.*$"})
_ANY_TARGETS = Targets(ANYTHING, known=False)
_NO_TARGETS = Targets(NOTHING)
_ANY_LOGS = Logs(ANYTHING)


class Flow:
    """`opaque` are the nodes that something refers to which the graph does not hold: anything can come from there."""

    def __init__(self, graph: Graph, opaque: frozenset[str] = frozenset()) -> None:
        self._graph = graph
        self._opaque = opaque
        self._targets: dict[str, Targets] = {}
        self._logs: dict[str, Logs] = {}
        self._out: dict[str, Logs] = {}

    @cached_property
    def producers(self) -> dict[str, tuple[str, ...]]:
        """Who hands telemetry to a node."""
        return self._pairs(forward=False)

    @cached_property
    def consumers(self) -> dict[str, tuple[str, ...]]:
        """Whom a node hands telemetry to."""
        return self._pairs(forward=True)

    def _pairs(self, *, forward: bool) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {id: [] for id in self._graph.nodes}
        for edge in self._graph.edges:
            if edge.signal in PUSHED and forward:
                found[edge.producer].append(edge.consumer)
            elif edge.signal in PUSHED:
                found[edge.consumer].append(edge.producer)
        return {key: tuple(values) for key, values in found.items()}

    @cached_property
    def wires(self) -> dict[str, tuple[Wire, ...]]:
        """Whom a node hands which signal."""
        return {id: tuple(wires_of(node, self._graph)) for id, node in self._graph.nodes.items()}

    def downstream(self, id: str) -> Iterator[str]:
        """Every node that telemetry from `id` can reach, each once, without `id`."""
        return _reached(id, self.consumers)

    def upstream(self, id: str) -> Iterator[str]:
        """Every node whose telemetry can reach `id`, each once, without `id`."""
        return _reached(id, self.producers)

    def behind(self, id: str) -> Iterator[str]:
        """Every node that targets, rules or telemetry from `id` can reach, each once, without `id`."""
        return _reached(id, self._users)

    @cached_property
    def _users(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {id: [] for id in self._graph.nodes}
        for edge in self._graph.edges:
            found[edge.producer].append(edge.consumer)
        return {key: tuple(values) for key, values in found.items()}

    def list_of_targets(self, expression: Expression) -> Targets:
        """What an expression for a list of targets can hold."""
        match expression:
            case Paren(inner=inner):
                return self.list_of_targets(inner)
            case Array(elements=elements):
                found = _NO_TARGETS
                for element in elements:
                    found |= self._one_target(element)
                return found
            case Call(value=function, arguments=arguments) if words(function) == ("array", "concat"):
                found = _NO_TARGETS
                for argument in arguments:
                    found |= self.list_of_targets(argument)
                return found
            case _:
                return self._exported(expression)

    def _one_target(self, expression: Expression) -> Targets:
        if not isinstance(expression, Object):
            return _ANY_TARGETS
        names, paths, known = [], [], True
        for field in expression.fields:
            names.append(field.name.text)
            if field.name.text == "__path__":
                value = constant(field.value)
                if isinstance(value, str):
                    paths.append(Path(value, field.value.span))
                else:
                    known = False
        return Targets(Names(frozenset(names)), tuple(paths), known)

    def _exported(self, expression: Expression) -> Targets:
        names = words(expression) or ()
        for length in range(1, len(names) + 1):
            if (node := self._graph.nodes.get(".".join(names[:length]))) is not None:
                return self.targets(node.id) if names[length:] in (("targets",), ("output",)) else _ANY_TARGETS
        return _ANY_TARGETS

    def targets(self, id: str) -> Targets:
        """What a component exports as targets."""
        if id not in self._targets:
            self._targets[id] = _ANY_TARGETS  # for a circle, which is an error of its own
            self._targets[id] = self._compute_targets(self._graph.nodes[id])
        return self._targets[id]

    def _compute_targets(self, node: Node) -> Targets:
        match node.type:
            case "discovery.kubernetes":
                return Targets(kubernetes_labels(text(node.block, "role")))
            case "discovery.relabel":
                return relabelled(self._given(node.block, "targets"), list(rules_of(node.block)))
            case "local.file_match":
                return self._given(node.block, "path_targets")
            case _:
                return _ANY_TARGETS

    def _given(self, block: Block, name: str) -> Targets:
        found = attribute(block, name)
        return _ANY_TARGETS if found is None else self.list_of_targets(found.value)

    def logs_into(self, id: str) -> Logs:
        """What arrives at a component that receives logs."""
        if id not in self._logs:
            self._logs[id] = _ANY_LOGS
            found = _ANY_LOGS if id in self._opaque else Logs(NOTHING)
            for producer in self.producers[id]:
                out = self.logs_out_of(producer)
                found = Logs(found.labels | out.labels, found.sources | out.sources)
            self._logs[id] = found
        return self._logs[id]

    def logs_out_of(self, id: str) -> Logs:
        """What a component sends to its `forward_to`."""
        if id not in self._out:
            self._out[id] = _ANY_LOGS
            self._out[id] = self._compute_logs(self._graph.nodes[id])
        return self._out[id]

    def _compute_logs(self, node: Node) -> Logs:
        block, here = node.block, frozenset({node.id})
        match node.type:
            case "loki.source.file":
                labels = self._given(block, "targets").labels.visible().with_(["filename"])
                return Logs(labels, here)
            case "loki.source.kubernetes":
                return Logs(self._given(block, "targets").labels.visible().with_(["job", "instance"]), here)
            case "loki.source.kubernetes_events":
                return Logs(Names(frozenset({"namespace", "job", "instance"})), here)
            case "loki.relabel":
                came = self.logs_into(node.id)
                for rule in rules_of(block):
                    came = replace(came, labels=apply(rule, came.labels))
                return came
            case "loki.process":
                came = self.logs_into(node.id)
                return replace(came, labels=self.stages(node)[1].labels)
            case "loki.secretfilter":
                came = self.logs_into(node.id)
                return replace(came, labels=came.labels.with_(["secretfilter"]))
            case "loki.enrich":
                came = self.logs_into(node.id)
                return replace(came, labels=came.labels | self._copied(block))
            case _:
                return Logs(ANYTHING, here)

    def _copied(self, block: Block) -> Names:
        """What `loki.enrich` copies from its targets: all of their labels, or those of a list."""
        match written(block, "labels_to_copy"):
            case None | []:
                return self._given(block, "targets").labels
            case list(names) if all(isinstance(name, str) for name in names):
                return Names(frozenset(names))
            case _:
                return ANYTHING

    def stages(self, node: Node) -> tuple[list[tuple[Block, StageState]], StageState]:
        """The stages of a `loki.process` with what can exist in front of each, and what can behind the last."""
        labels = self.logs_into(node.id).labels
        return interpret(node.block.body, StageState(labels, extracted=labels))

    def nothing_arrives(self, id: str) -> bool:
        return not self.producers[id] and id not in self._opaque

    def empty(self, expression: Expression) -> bool:
        """Whether a list is sure to be empty."""
        match expression:
            case Paren(inner=inner):
                return self.empty(inner)
            case Array(elements=elements):
                return not elements
            case Literal(value=None):
                return True
            case _:
                return False


def _reached(id: str, next_of: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    seen, waiting = {id}, list(next_of[id])
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            yield at
            waiting += next_of[at]


def relabelled(targets: Targets, rules: list[Rule]) -> Targets:
    """Targets behind rules: names as far as they can be followed, and each path that a rule can write."""
    for rule in rules:
        labels = apply(rule, targets.labels)
        paths, known = targets.paths, targets.known
        if rule.sets and rule.target == "__path__":
            paths, known = _paths(rule, paths, known)
        elif rule.target is None or "$" in rule.target or rule.action == "labelmap":
            known = known and not labels.can("__path__")
        targets = Targets(labels, paths, known)
    return targets


def _paths(rule: Rule, paths: tuple[Path, ...], known: bool) -> tuple[tuple[Path, ...], bool]:
    value, place = rule.replacement, attribute(rule.block, "replacement")
    if value is None or written(rule.block, "action") not in (None, "replace"):
        return paths, False
    if place is None or value.startswith("$"):
        # The path is copied from a label whose values are not known here.
        return paths, False
    found = Path(value, place.value.span)
    # What always matches leaves nothing of what was there.
    return ((found,), True) if rule.regex in _ALWAYS_MATCH else ((*paths, found), known)
