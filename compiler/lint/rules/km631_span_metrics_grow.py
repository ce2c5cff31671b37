"""Span metrics that are never forgotten.

*What it finds*: `otelcol.connector.spanmetrics` without `metrics_expiration`, whose default is never.

*Why it hurts*: every combination of service, operation and status that was seen once is kept and sent for as long as the
process lives. Memory and the bill for series grow with each new route or version, and services that are gone look alive.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.connector.spanmetrics.default.input]
        }
}

otelcol.connector.spanmetrics "default" {
        histogram {
                explicit { }
        }

        output {
                metrics = [otelcol.exporter.prometheus.default.input]
        }
}

otelcol.exporter.prometheus "default" {
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
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.connector.spanmetrics.default.input]
        }
}

otelcol.connector.spanmetrics "default" {
        metrics_expiration            = "15m"
        aggregation_cardinality_limit = 2000

        histogram {
                explicit { }
        }

        output {
                metrics = [otelcol.exporter.prometheus.default.input]
        }
}

otelcol.exporter.prometheus "default" {
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import duration, text, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class SpanMetricsGrow(Fact, code="KM631", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    limited: bool

    def message(self) -> str:
        return f"`{self.id}` never forgets a series"

    def help(self) -> str:
        limit = "" if self.limited else ", and a limit such as `aggregation_cardinality_limit = 2000`"
        return f'write `metrics_expiration = "15m"`{limit}'


@rule(SpanMetricsGrow)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("otelcol.connector.spanmetrics"):
        expiration = duration(node.block, "metrics_expiration", "0s")
        # Deltas are forgotten once they are sent.
        delta = text(node.block, "aggregation_temporality", "") == "DELTA"
        if expiration is not None and not expiration.seconds and not delta:
            limited = written(node.block, "aggregation_cardinality_limit") not in (None, 0)
            report(SpanMetricsGrow(node.id, limited), node.block.head)
