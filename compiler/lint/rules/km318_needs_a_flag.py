"""A component that only runs with a flag.

*What it finds*: a component that is experimental or in public preview, or that its community maintains, where it is not
known what the process is started with. Where it is known, what is not granted is an error.

*Why it hurts*: without `--stability.level`, or `--feature.community-components.enabled`, the whole configuration is refused.

*Example*:

```alloy
otelcol.receiver.tcplog "in" {
        listen_address = "0.0.0.0:5140"

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

```alloy stability=experimental
otelcol.receiver.tcplog "in" {
        listen_address = "0.0.0.0:5140"

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
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class NeedsAFlag(Fact, code="KM318", severity=Severity.INFO):
    __doc__ = __doc__

    name: str
    level: str
    flag: str

    def message(self) -> str:
        return f"`{self.name}` is {self.level}: without a flag it is refused"

    def help(self) -> str:
        return f"start with `{self.flag}`"


_LEVELS = {"experimental": "experimental", "public-preview": "in public preview"}


@rule(NeedsAFlag)
def check(module: Module, report: Report) -> None:
    place = module.place
    for node in module.graph.nodes.values():
        schema = node.schema
        if place.stability is None and schema.stability in _LEVELS:
            flag = f"--stability.level={schema.stability}"
            report(NeedsAFlag(node.type, _LEVELS[schema.stability], flag), node.block.head)
        if place.community is None and schema.community:
            flag = "--feature.community-components.enabled"
            report(NeedsAFlag(node.type, "maintained by its community", flag), node.block.head)
