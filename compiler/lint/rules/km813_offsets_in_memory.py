"""A file receiver that keeps in memory how far it has read.

*What it finds*: `otelcol.receiver.filelog` without `storage`.

*Why it hurts*: after each restart it begins at the end of every file, so that what was written meanwhile is lost, or, with
`start_at = "beginning"`, at the beginning, so that everything arrives again.

*Example*:

```alloy stability=public-preview
otelcol.receiver.filelog "app" {
        include = ["/var/log/app/*.log"]

        output {
                logs = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "loki:4317"
        }
}
```

*Use instead*:

```alloy stability=public-preview
otelcol.storage.file "offsets" { }

otelcol.receiver.filelog "app" {
        include = ["/var/log/app/*.log"]
        storage = otelcol.storage.file.offsets.handler

        output {
                logs = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "loki:4317"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, text, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class OffsetsInMemory(Fact, code="KM813", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    start: str

    def message(self) -> str:
        what = "reads every file again" if self.start == "beginning" else "misses what was written meanwhile"
        return f"without `storage`, `{self.id}` {what} after each restart"

    def help(self) -> str:
        return 'add `otelcol.storage.file "offsets" { }`, and `storage = otelcol.storage.file.offsets.handler` here'


@rule(OffsetsInMemory)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("otelcol.receiver.filelog"):
        # A file that is deleted once it is read has no offset to keep.
        if attribute(node.block, "storage") is None and written(node.block, "delete_after_read") is not True:
            report(OffsetsInMemory(node.id, text(node.block, "start_at", "end") or "end"), node.block.head)
