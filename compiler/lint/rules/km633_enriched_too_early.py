"""Telemetry passes before its pods are known.

*What it finds*: `otelcol.processor.k8sattributes` without `wait_for_metadata`.

*Why it hurts*: after each start, what arrives before the list of pods has been read passes without namespace, pod and
deployment, and nothing says so.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.k8sattributes.default.input]
        }
}

otelcol.processor.k8sattributes "default" {
        extract {
                metadata = ["k8s.namespace.name", "k8s.pod.name"]
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

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.k8sattributes.default.input]
        }
}

otelcol.processor.k8sattributes "default" {
        wait_for_metadata = true

        extract {
                metadata = ["k8s.namespace.name", "k8s.pod.name"]
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
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class EnrichedTooEarly(Fact, code="KM633", severity=Severity.INFO):
    __doc__ = __doc__

    id: str

    def message(self) -> str:
        return f"`{self.id}` passes on what arrives before it knows the pods, without their names"

    def help(self) -> str:
        return "write `wait_for_metadata = true`"


@rule(EnrichedTooEarly)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("otelcol.processor.k8sattributes"):
        # With `passthrough` it asks nobody.
        if all(written(node.block, name) in (None, False) for name in ("wait_for_metadata", "passthrough")):
            report(EnrichedTooEarly(node.id), node.block.head)
