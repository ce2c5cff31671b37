"""What tells the targets apart that `discovery.kubernetes` makes of one pod: one for each port of each container."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.diagnostics import Span
from compiler.graph.model import Node
from compiler.graph.read import attribute, text
from compiler.graph.references import words
from compiler.lint.flow.relabel import Rule
from compiler.lint.module import Module
from compiler.lint.regex import compiled, fullmatch

__all__ = ["Apart", "relabelled_pods", "told_apart"]

_META = "__meta_kubernetes_pod_container_"
_PORT = frozenset({_META + "port_name", _META + "port_number", _META + "port_protocol"})
_CONTAINER = frozenset({_META + "name", _META + "id", _META + "image"})
_FILTERS = frozenset({"keep", "drop", "keepequal", "dropequal"})
_SAMPLES = ("9102", "true", "/metrics", "http", "web")
"""Values that a label can have which is the same for all ports; the first that an expression matches is taken."""


@dataclass(slots=True)
class Apart:
    """Behind relabel rules: `labels` with another value for each port, or for each container, and the place of the rule
    that sets it; `filtered` when a rule chooses among the ports; `own_address` as long as `__address__` is that of the
    port; `written` are all labels that a rule sets."""

    labels: dict[str, Span | None]
    filtered: bool = False
    own_address: bool = True
    written: frozenset[str] = frozenset()


def relabelled_pods(module: Module, *readers: str) -> Iterator[tuple[Node, Node]]:
    """Each `discovery.relabel` whose output one of `readers` takes, behind the `discovery.kubernetes` whose pods it takes as
    they are discovered."""
    for node in module.of_type("discovery.relabel"):
        found = attribute(node.block, "targets")
        names = words(found.value) if found is not None else None
        source = module.graph.nodes.get(".".join(names[:-1])) if names else None
        if source is None or source.type != "discovery.kubernetes" or text(source.block, "role") != "pod":
            continue
        if any(use.user is not None and use.user.type in readers for use in module.uses[node.id]):
            yield source, node


def told_apart(rules: list[Rule], *, by_container: bool) -> Apart:
    """What the rules make of the targets of one pod (`by_container`), or of one container."""
    state = Apart(dict.fromkeys((*_PORT, "__address__", *(_CONTAINER if by_container else ()))))
    for rule in rules:
        _apply(rule, state)
    return state


def _apply(rule: Rule, state: Apart) -> None:
    names = [name for name, _ in rule.sources]
    if rule.action in _FILTERS or rule.action is None or not rule.all_sources:
        # `keepequal` and `dropequal` compare with the target label.
        state.filtered |= rule.action is None or any(name in state.labels for name in (*names, rule.target))
    elif rule.action in ("labeldrop", "labelkeep"):
        for name in [name for name in state.labels if _removed(rule, name)]:
            del state.labels[name]
    elif rule.action == "labelmap":
        for name in [name for name in state.labels if fullmatch(rule.regex or "", name)]:
            state.labels[_copied(rule, name)] = rule.block.head
    elif rule.target:
        state.written |= {rule.target}
        varies = any(name in state.labels for name in names) and _differs(rule, names, state)
        if rule.target == "__address__":
            state.own_address = state.own_address and varies
        if varies:
            state.labels[rule.target] = rule.block.head
        elif _always(rule):
            state.labels.pop(rule.target, None)


def _always(rule: Rule) -> bool:
    """Whether the target label is written for every target; the address of an annotation counts as that."""
    return rule.regex in ("(.*)", ".*", "") or rule.target == "__address__"


def _removed(rule: Rule, name: str) -> bool:
    matches = fullmatch(rule.regex or "", name)
    return matches is (rule.action == "labeldrop")


def _copied(rule: Rule, name: str) -> str:
    expression = compiled(f"^(?s:{rule.regex})$")
    return name if expression is None else _expanded(expression, rule.replacement or "", name)


def _differs(rule: Rule, names: list[str], state: Apart) -> bool:
    """Whether two ports get different values; where no sample matches they do, as nothing is known."""
    if rule.action != "replace" or rule.regex is None or rule.replacement is None:
        return True
    expression = compiled(f"^(?s:{rule.regex})$")
    separator = text(rule.block, "separator", ";")
    if expression is None or separator is None:
        return True
    for sample in _SAMPLES:
        values = []
        for port in ("8080", "9090"):
            of_port = {"__address__": f"10.0.0.1:{port}"}
            parts = [of_port.get(name, port) if name in state.labels else sample for name in names]
            values.append(separator.join(parts))
        if all(expression.search(value) for value in values):
            first, second = (_expanded(expression, rule.replacement, value) for value in values)
            return first != second
    return True


def _expanded(expression: Any, replacement: str, value: str) -> str:
    import re2  # noqa: PLC0415 - only configurations with regexes need it

    template = replacement.replace("\\", "\\\\")
    for number in range(9, -1, -1):
        template = template.replace(f"${{{number}}}", f"\\{number}").replace(f"${number}", f"\\{number}")
    try:
        return str(re2.sub(expression, template, value))
    except (re2.error, IndexError):
        return value  # what cannot be followed differs
