"""Several replicas write the same series.

*What it finds*: metrics that are made of spans or logs (span metrics, service graphs, counts) in a workload that runs
several times, without a label that tells the replicas apart.

*Why it hurts*: each replica counts its own part and sends it under the same name: the counter jumps up and down between
their values, every jump down is read as a restart, and rates are many times too high. Backends refuse some of the samples
as duplicates.

*Example*:

```alloy workload=daemonset
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.connector.spanmetrics.default.input]
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
```

*Use instead*:

```alloy workload=daemonset
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.connector.spanmetrics.default.input]
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
        external_labels = {collector = constants.hostname}
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.model import Node
from compiler.graph.read import attribute, constant, text, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_MAKERS = (
    "otelcol.connector.spanmetrics", "otelcol.connector.servicegraph", "otelcol.connector.count",
    "otelcol.connector.signaltometrics",
)  # fmt: skip
_SETS_NO_LABELS = (
    "otelcol.processor.batch", "otelcol.processor.memory_limiter", "otelcol.processor.filter", "otelcol.exporter.prometheus",
)  # fmt: skip


@dataclass(frozen=True)
class SeriesOfReplicas(Fact, code="KM634", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    to: str
    own: bool

    def message(self) -> str:
        return f"every replica sends the series of `{self.id}` to `{self.to}` under the same labels"

    def help(self) -> str:
        label = f"`external_labels = {{collector = constants.hostname}}` in `{self.to}`"
        return f"write `include_collector_instance_id = true`, or {label}" if self.own else f"write {label}"


@rule(SeriesOfReplicas)
def check(module: Module, report: Report) -> None:
    if not module.place.many:
        return
    for node in module.of_type(*_MAKERS):
        told_apart = written(node.block, "include_collector_instance_id") not in (None, False)
        if told_apart or text(node.block, "aggregation_temporality", "") == "DELTA":
            continue
        to = _same_labels(node, module)
        if to is not None:
            report(SeriesOfReplicas(node.id, to, node.type.endswith("spanmetrics")), node.block.head)


def _same_labels(node: Node, module: Module) -> str | None:
    """A remote write that is reached past every component which could set a label."""
    seen, waiting = set[str](), list(module.flow.consumers[node.id])
    while waiting:
        at = module.graph.nodes[waiting.pop()]
        if at.id in seen:
            continue
        seen.add(at.id)
        if at.type == "prometheus.remote_write" and not _own_labels(at):
            return at.id
        if at.type in _SETS_NO_LABELS:
            waiting += module.flow.consumers[at.id]
    return None


def _own_labels(node: Node) -> bool:
    """Whether a value of the external labels is not the same everywhere."""
    found = attribute(node.block, "external_labels")
    if found is None:
        return False
    labels = constant(found.value)
    return not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values())
