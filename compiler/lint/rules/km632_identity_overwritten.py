"""Whoever passes telemetry on writes its own name over the sender's.

*What it finds*: `otelcol.processor.resourcedetection` with `override`, which is the default, that detects the host it runs
on, behind a receiver for the telemetry of others.

*Why it hurts*: spans and logs of every application get the host name of the collector's pod, so that they cannot be told
apart, and are joined with the wrong host.

*Example*:

```alloy workload=deployment
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.resourcedetection.default.input]
        }
}

otelcol.processor.resourcedetection "default" {
        detectors = ["env", "system"]

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

```alloy workload=deployment
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.resourcedetection.default.input]
        }
}

otelcol.processor.resourcedetection "default" {
        detectors = ["env", "system"]
        override  = false

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
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.model import Node
from compiler.graph.read import attribute, block, texts, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_OF_THE_POD = frozenset({"system"})
"""It asks the operating system, which in a pod gives the name of the pod."""
_OF_THE_NODE = frozenset(
    {
        "akamai", "alibaba_ecs", "azure", "digitalocean", "docker", "ec2", "gcp", "hetzner", "kubernetes_node", "nova",
        "oraclecloud", "scaleway", "tencent_cvm", "upcloud", "vultr",
    }
)  # fmt: skip
_OF_OTHERS = (
    "otelcol.receiver.otlp", "otelcol.receiver.jaeger", "otelcol.receiver.zipkin", "otelcol.receiver.datadog",
    "otelcol.receiver.faro", "otelcol.receiver.fluentforward", "otelcol.receiver.influxdb", "otelcol.receiver.splunkhec",
    "otelcol.receiver.kafka", "faro.receiver",
)  # fmt: skip


@dataclass(frozen=True)
class IdentityOverwritten(Fact, code="KM632", severity=Severity.WARNING):
    __doc__ = __doc__

    detector: str

    def message(self) -> str:
        return f"the detector `{self.detector}` writes the collector's own host over that of the sender"

    def help(self) -> str:
        return "write `override = false`"


@rule(IdentityOverwritten)
def check(module: Module, report: Report) -> None:
    if module.place.kind in (None, "none"):
        return
    # The node is the sender's too, where each node has its collector.
    wrong = _OF_THE_POD if module.place.kind == "daemonset" else _OF_THE_POD | _OF_THE_NODE
    for node in module.of_type("otelcol.processor.resourcedetection"):
        if written(node.block, "override") not in (None, True) or not _passes_on(node, module):
            continue
        for name, place in texts(node.block, "detectors"):
            if name in wrong and not _silenced(node, name):
                report(IdentityOverwritten(name), place.span)


def _passes_on(node: Node, module: Module) -> bool:
    return any(module.graph.nodes[one].type in _OF_OTHERS for one in module.flow.upstream(node.id))


def _silenced(node: Node, detector: str) -> bool:
    """Whether the detector is told to leave the host's name alone."""
    owner = block(node.block, detector)
    attributes = block(owner, "resource_attributes") if owner is not None else None
    name = block(attributes, "host.name") if attributes is not None else None
    return name is not None and attribute(name, "enabled") is not None and written(name, "enabled") is False
