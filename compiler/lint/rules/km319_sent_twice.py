"""The same telemetry reaches one destination twice.

*What it finds*: a list that names one receiver twice, or two destinations that are the same, and logs that go to a
destination both directly and through a `loki.process` that sends all of them there again.

*Why it hurts*: each record is sent, stored and paid for twice, or refused as a duplicate.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.process.masked.receiver, loki.write.default.receiver]
}

loki.process "masked" {
        forward_to = [loki.write.default.receiver]

        stage.decolorize { }
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
loki.source.api "in" {
        forward_to = [loki.process.masked.receiver]
}

loki.process "masked" {
        forward_to = [loki.write.default.receiver]

        stage.decolorize { }
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.model import Node, Reference
from compiler.graph.read import attribute, nested
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_DESTINATIONS = ("loki.write", "prometheus.remote_write", "pyroscope.write")
_MAKES_OTHERS = frozenset(
    {
        "stage.drop", "stage.match", "stage.sampling", "stage.limit", "stage.tenant", "stage.static_labels", "stage.labels",
        "stage.label_drop", "stage.label_keep",
    }
)  # fmt: skip
"""Behind these it is not the same any more: some of the lines, other streams, another tenant."""


@dataclass(frozen=True)
class SentTwice(Fact, code="KM319", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    other: str
    """Through which it arrives again; empty where the list names the receiver twice."""
    same: bool = False
    """Whether `other` is a second destination with the same arguments."""

    def message(self) -> str:
        if self.same:
            return f"`{self.id}` and `{self.other}` are the same destination, and both get what is sent here"
        again = f" directly and through `{self.other}`" if self.other else ", which stands twice in this list"
        return (
            f"everything reaches `{self.id}` twice:{again}"
            if self.other
            else f"everything reaches `{self.id}` twice{again}"
        )

    def help(self) -> str:
        return "remove one of the two from this list"


@rule(SentTwice)
def check(module: Module, report: Report) -> None:
    if module.broken:
        return
    for node in module.graph.nodes.values():
        found = attribute(node.block, "forward_to")
        if found is None:
            continue
        span = found.value.span
        named = [one for one in node.references if span.start <= one.span.start < span.end]
        seen: dict[str, Reference] = {}
        bodies: dict[str, str] = {}
        for one in named:
            to = module.graph.nodes[one.target]
            if one.target in seen:
                report(SentTwice(one.target, ""), one.span)
            elif to.type in _DESTINATIONS:
                first = bodies.setdefault(_body(to), one.target)
                if first != one.target:
                    report(SentTwice(one.target, first, same=True), one.span)
                elif (again := _again(one.target, named, module)) is not None:
                    report(SentTwice(one.target, again), one.span)
            seen[one.target] = one


def _body(node: Node) -> str:
    """Type and arguments without their layout."""
    block = node.block
    return block.type + "".join(block.span.source.text[block.open_brace.start : block.span.end].split())


def _again(id: str, named: list[Reference], module: Module) -> str | None:
    """Another receiver of the list through which the same records arrive: none of them dropped, relabelled or sent as those
    of another tenant."""
    return next((one.target for one in named if one.target != id and _arrives(one.target, id, module)), None)


def _arrives(start: str, end: str, module: Module) -> bool:
    seen, waiting = set[str](), [start]
    while waiting:
        at = waiting.pop()
        node = module.graph.nodes[at]
        if (
            at in seen
            or node.type != "loki.process"
            or any(one.type in _MAKES_OTHERS for one in nested(node.block.body))
        ):
            continue
        seen.add(at)
        waiting += module.flow.consumers[at]
        if end in module.flow.consumers[at]:
            return True
    return False
