"""A destination that sends everything twice to one place.

*What it finds*: two `endpoint` blocks of one component that say the same.

*Why it hurts*: `loki.write` refuses to start; elsewhere each record is sent and paid for twice.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }

        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
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

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note
from compiler.graph.read import blocks
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block


@dataclass(frozen=True)
class SameEndpointTwice(Fact, code="KM317"):
    __doc__ = __doc__

    id: str

    def message(self) -> str:
        return f"two endpoints of `{self.id}` are the same"

    def help(self) -> str:
        return "remove one of them"


@rule(SameEndpointTwice)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.write", "prometheus.remote_write", "pyroscope.write"):
        seen: dict[str, Block] = {}
        for endpoint in blocks(node.block, "endpoint"):
            first = seen.setdefault(_words(endpoint), endpoint)
            if first is not endpoint:
                report(SameEndpointTwice(node.id), endpoint.head, Note("the first one", first.head))


def _words(block: Block) -> str:
    """The body without its layout."""
    span = block.span
    return "".join(span.source.text[block.open_brace.start : span.end].split())
