"""A component that receives telemetry and that nobody feeds.

*What it finds*: a processor or a destination whose receiver no other component names in its `forward_to` or `output`.

*Why it hurts*: it starts, it is healthy, and nothing ever arrives. Most often the source in front of it forwards to another
component, past it.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.process "drop_debug" {
        forward_to = [loki.write.default.receiver]

        stage.drop {
                expression = "level=debug"
        }
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
        forward_to = [loki.process.drop_debug.receiver]
}

loki.process "drop_debug" {
        forward_to = [loki.write.default.receiver]

        stage.drop {
                expression = "level=debug"
        }
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
from compiler.graph.edges import PUSHED, signal
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class NobodyFeeds(Fact, code="KM310", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    export: str

    def message(self) -> str:
        return f"nothing is sent to `{self.id}`"

    def help(self) -> str:
        return f"name `{self.id}.{self.export}` in the `forward_to` or `output` of another component, or remove it"


_BRIDGES = frozenset(
    {"otelcol.exporter.loki", "otelcol.exporter.prometheus", "otelcol.receiver.loki", "otelcol.receiver.prometheus"}
)

_SOURCES_TOO = ("database_observability.", "otelcol.receiver.googlecloudpubsub")
"""They read by themselves, whatever they take beside that."""


@rule(NobodyFeeds)
def check(module: Module, report: Report) -> None:
    if module.broken:
        return
    for node in module.graph.nodes.values():
        inputs = [name for name, kind in node.schema.exports.items() if signal(kind) in PUSHED]
        if not inputs:
            continue
        uses = module.uses[node.id]
        # Whose other exports are used, such as the rules of a relabel component, is of use without being fed.
        if not uses and not node.type.startswith(_SOURCES_TOO):
            # A bridge between two kinds of signal that waits for one of them does no harm.
            severity = Severity.INFO if node.type in _BRIDGES else None
            report(NobodyFeeds(node.id, inputs[0]), node.block.head, severity=severity)
