"""An exporter that gives up at the first failure.

*What it finds*: an OTLP exporter (or another one with these blocks) with `retry_on_failure { enabled = false }` behind a
queue, or with `sending_queue { enabled = false }` behind a component that has answered its sender already, such as
`otelcol.processor.batch`.

*Why it hurts*: a restart of the destination, or one answer with 503, is enough: what was on its way is dropped, and nobody
sends it again, because its sender was told that it had arrived.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }

        retry_on_failure {
                enabled = false
        }
}
```

*Use instead*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }

        retry_on_failure {
                max_elapsed_time = "1h"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span
from compiler.graph.model import Node
from compiler.graph.read import attribute, block, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_ANSWERS_EARLY = (
    "otelcol.processor.batch", "otelcol.processor.tail_sampling", "otelcol.processor.interval", "otelcol.connector.",
)  # fmt: skip


@dataclass(frozen=True)
class NoRetry(Fact, code="KM811", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    block: str
    early: str

    def message(self) -> str:
        before = f", and `{self.early}` has told the sender that it arrived" if self.early else ""
        return f"without `{self.block}` what `{self.id}` cannot deliver at once is dropped{before}"

    def help(self) -> str:
        return f"remove `enabled = false` from `{self.block}`"


@rule(NoRetry)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("otelcol.exporter."):
        queue, retry = _off(node, "sending_queue"), _off(node, "retry_on_failure")
        if retry is not None and queue is None:
            report(NoRetry(node.id, "retry_on_failure", ""), retry)
        elif queue is not None and (early := _early(node.id, module)) is not None:
            report(NoRetry(node.id, "sending_queue", early), queue)


def _off(node: Node, name: str) -> Span | None:
    """Where the block is switched off."""
    found = block(node.block, name)
    place = attribute(found, "enabled") if found is not None else None
    return place.span if found is not None and place is not None and written(found, "enabled") is False else None


def _early(id: str, module: Module) -> str | None:
    """A component in front that answers before anything is delivered."""
    nodes = module.graph.nodes
    return next((one for one in module.flow.upstream(id) if nodes[one].type.startswith(_ANSWERS_EARLY)), None)
