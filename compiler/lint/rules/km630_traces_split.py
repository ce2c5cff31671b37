"""Traces are judged by halves.

*What it finds*: a component that needs all spans of a trace (tail sampling, service graphs, grouping by trace) in a
workload that runs several times, where nothing sends the spans of one trace to one of the replicas.

*Why it hurts*: each replica sees some of the spans. It keeps or drops its own part of a trace, so that what arrives has
holes; edges of a service graph are missing, because the two ends of a call are seen in two places.

*Example*:

```alloy workload=daemonset
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
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```

*Use instead*:

```alloy workload=daemonset
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.exporter.loadbalancing.default.input]
        }
}

otelcol.exporter.loadbalancing "default" {
        resolver {
                dns {
                        hostname = "samplers.monitoring.svc"
                }
        }

        protocol {
                otlp {
                        client { }
                }
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_WHOLE_TRACES = ("otelcol.processor.tail_sampling", "otelcol.processor.groupbytrace", "otelcol.connector.servicegraph")
_BALANCER = "otelcol.exporter.loadbalancing"


@dataclass(frozen=True)
class TracesSplit(Fact, code="KM630", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    kind: str

    def message(self) -> str:
        return f"`{self.id}` needs all spans of a trace, and each replica of this {self.kind} gets some of them"

    def help(self) -> str:
        return f"run it in a StatefulSet of its own, and send to it through `{_BALANCER}`"


@rule(TracesSplit)
def check(module: Module, report: Report) -> None:
    place = module.place
    # Whoever balances in the same text, sends to its own replicas.
    if not place.many or any(module.of_type(_BALANCER)):
        return
    # What stands in front of a StatefulSet is not known: it may be such a balancer.
    severity = Severity.INFO if place.kind == "statefulset" else None
    for node in module.of_type(*_WHOLE_TRACES):
        report(TracesSplit(node.id, place.kind or "workload"), node.block.head, severity=severity)
