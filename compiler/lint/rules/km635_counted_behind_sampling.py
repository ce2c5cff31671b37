"""Metrics are made of what sampling has left.

*What it finds*: span metrics, service graphs or counts behind a component that samples traces.

*Why it hurts*: rates and error ratios are those of the sample, not of the traffic: ten per cent of the requests, all of the
errors.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.tail_sampling.default.input]
        }
}

otelcol.processor.tail_sampling "default" {
        policy {
                name = "errors"
                type = "status_code"

                status_code {
                        status_codes = ["ERROR"]
                }
        }

        output {
                traces = [otelcol.exporter.otlp.default.input, otelcol.connector.spanmetrics.default.input]
        }
}

otelcol.connector.spanmetrics "default" {
        metrics_expiration = "15m"

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

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```

*Use instead*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.tail_sampling.default.input, otelcol.connector.spanmetrics.default.input]
        }
}

otelcol.processor.tail_sampling "default" {
        policy {
                name = "errors"
                type = "status_code"

                status_code {
                        status_codes = ["ERROR"]
                }
        }

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.connector.spanmetrics "default" {
        metrics_expiration = "15m"

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

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_SAMPLERS = ("otelcol.processor.tail_sampling", "otelcol.processor.probabilistic_sampler")
_COUNTERS = frozenset(
    {
        "otelcol.connector.spanmetrics", "otelcol.connector.servicegraph", "otelcol.connector.count",
        "otelcol.connector.signaltometrics",
    }
)  # fmt: skip


@dataclass(frozen=True)
class CountedBehindSampling(Fact, code="KM635", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    sampler: str

    def message(self) -> str:
        return f"`{self.id}` counts what `{self.sampler}` has left, not what has happened"

    def help(self) -> str:
        return f"send to `{self.id}` in front of `{self.sampler}`"


@rule(CountedBehindSampling)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_SAMPLERS):
        for id in module.flow.downstream(node.id):
            counter = module.graph.nodes[id]
            if counter.type in _COUNTERS:
                report(CountedBehindSampling(id, node.id), counter.block.head)
