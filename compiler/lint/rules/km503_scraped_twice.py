"""The same targets are scraped twice.

*What it finds*: two `prometheus.scrape` components with the same scheme, path and parameters that have the same list of
targets, an address in common, or lists that come from the same discovery without a rule that chooses among them.

*Why it hurts*: each target answers twice as often as it has to, and each sample arrives twice: as two series where the jobs
differ, as duplicates that are refused where they do not.

*Example*:

```alloy
prometheus.scrape "a" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.scrape "b" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```

*Use instead*:

```alloy
prometheus.scrape "a" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.scrape "b" {
        targets      = [{"__address__" = "app:8080"}]
        metrics_path = "/internal/metrics"
        forward_to   = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.model import Node
from compiler.graph.read import attribute, constant
from compiler.graph.references import words
from compiler.lint.flow.relabel import Rule, rules_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Array, Call, Expression, Object, Paren

_HOW = ("scheme", "metrics_path", "params")
_CHOOSES = frozenset({"keep", "drop", "keepequal", "dropequal", "hashmod"})
_WHERE = ("__address__", "__scheme__", "__metrics_path__", "__param_")


@dataclass(frozen=True)
class ScrapedTwice(Fact, code="KM503", severity=Severity.WARNING):
    __doc__ = __doc__

    other: str
    address: str
    """What both scrape; empty for all of it."""

    def message(self) -> str:
        return f"`{self.other}` scrapes {f'`{self.address}` too' if self.address else 'the same targets'}"

    def help(self) -> str:
        if self.address:
            return "remove the target from one of the two, and send the samples of the other to both receivers"
        return "remove one of the two, and send the samples of the other to both receivers"


@rule(ScrapedTwice)
def check(module: Module, report: Report) -> None:
    seen: dict[tuple[str, ...], Node] = {}
    for node in module.of_type("prometheus.scrape"):
        found = attribute(node.block, "targets")
        if found is None or module.flow.empty(found.value):
            continue
        how = tuple(_text(one.value) if (one := attribute(node.block, name)) is not None else "" for name in _HOW)
        for what, address in dict.fromkeys(_what(module, found.value)):
            first = seen.setdefault((*how, what), node)
            if first is not node:
                report(ScrapedTwice(first.id, address), node.block.head, Note("the first one", first.block.head))
                break


def _what(module: Module, expression: Expression) -> Iterator[tuple[str, str]]:
    """Each list that the expression is made of, as a text that is the same for the same targets, and the address where it
    is a single target."""
    match expression:
        case Paren(inner=inner):
            yield from _what(module, inner)
        case Call(value=function, arguments=arguments) if words(function) == ("array", "concat"):
            for argument in arguments:
                yield from _what(module, argument)
        case Array(elements=elements):
            for element in elements:
                address = _address(element)
                yield (address or _text(element)), address
        case _:
            names = words(expression) or ()
            node = module.graph.nodes.get(".".join(names[:-1]))
            targets = attribute(node.block, "targets") if node is not None else None
            if node is not None and targets is not None and node.type == "discovery.relabel" and not _changes(node):
                yield from _what(module, targets.value)
            else:
                yield _text(expression), ""


def _address(element: Expression) -> str:
    """The address of a target that is written out; empty where another of its labels says how to scrape it."""
    if not isinstance(element, Object):
        return ""
    labels = {field.name.text: constant(field.value) for field in element.fields}
    address = labels.pop("__address__", None)
    return address if isinstance(address, str) and not any(name.startswith("__") for name in labels) else ""


def _changes(node: Node) -> bool:
    """Whether rules choose among the targets, or change where they are scraped."""
    return any(_changing(one) for one in rules_of(node.block))


def _changing(one: Rule) -> bool:
    if one.action is None or one.action in _CHOOSES or one.target is None:
        return True
    if one.action == "labelmap":
        return (one.replacement or "$1").startswith(("$", "__"))
    return one.sets and one.target.startswith((*_WHERE, "$"))


def _text(expression: Expression) -> str:
    span = expression.span
    return "".join(span.source.text[span.start : span.end].split())
