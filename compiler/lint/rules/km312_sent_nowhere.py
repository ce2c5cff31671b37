"""Telemetry that is sent nowhere.

*What it finds*: an empty `forward_to`, and an `output` block without a consumer.

*Why it hurts*: everything that arrives is thrown away without a counter or a log line.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = []
}
```

*Use instead*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.edges import PUSHED, signal
from compiler.graph.read import attribute, block
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Array


@dataclass(frozen=True)
class SentNowhere(Fact, code="KM312", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    name: str

    def message(self) -> str:
        return f"`{self.name}` of `{self.id}` names no receiver: what arrives is thrown away"

    def help(self) -> str:
        return f"name the next component in `{self.name}`"


_SIGNALS = ("metrics", "logs", "traces")


@rule(SentNowhere)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        if _waits(node.id, node.schema.exports, module):
            continue
        if "forward_to" in node.schema.body.attributes:
            found = attribute(node.block, "forward_to")
            if found is not None and isinstance(found.value, Array) and not found.value.elements:
                report(SentNowhere(node.id, "forward_to"), found.value.span)
        # A connector such as spanlogs has an output that is its own: the same holds for it.
        if "output" in node.schema.body.blocks:
            out = block(node.block, "output")
            if out is not None and not any(
                not module.flow.empty(one.value) for one in out.body.attributes if one.name.text in _SIGNALS
            ):
                report(SentNowhere(node.id, "output"), out.head)


def _waits(id: str, exports: Mapping[str, str], module: Module) -> bool:
    """Whether it receives telemetry and gets none: then nothing is lost, and that nobody feeds it is said elsewhere. A
    relabel component that is there for its rules has an empty `forward_to` on purpose."""
    return any(signal(kind) in PUSHED for kind in exports.values()) and module.flow.nothing_arrives(id)
