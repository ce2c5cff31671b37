"""A port is opened at which nothing listens.

*What it finds*: a port that someone wrote down for the container and its Service (`alloy.extraPorts`), which no component of the
configuration listens on.

*Why it hurts*: senders reach the Service and get their connection refused; usually the receiver listens on another port.

*Example*:

```alloy workload=deployment ports=4317
otelcol.receiver.otlp "in" {
        grpc {
                endpoint = "0.0.0.0:14317"
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

```alloy workload=deployment ports=4317
otelcol.receiver.otlp "in" {
        grpc {
                endpoint = "0.0.0.0:4317"
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

from compiler.deploy.listeners import listeners
from compiler.deploy.permissions import all_nodes
from compiler.diagnostics import Fact, Severity, Span
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class PortWithoutListener(Fact, code="KM709", severity=Severity.WARNING):
    __doc__ = __doc__

    port: int
    protocol: str
    listening: tuple[str, ...]

    def message(self) -> str:
        return f"nothing listens on port {self.port} ({self.protocol}), which is opened"

    def help(self) -> str:
        if not self.listening:
            return "remove it from `alloy.extraPorts`"
        return f"remove it from `alloy.extraPorts`, or listen on it; there is {', '.join(self.listening)}"


@rule(PortWithoutListener)
def check(module: Module, report: Report) -> None:
    if not module.place.extra_ports or module.name:
        return
    found = {
        (one.port, one.protocol): f"{one.port} ({one.protocol}) of `{node.id}`"
        for _, node in all_nodes(module.graph)
        for one in listeners(node)
    }
    for (port, protocol), span in module.place.extra_ports.items():
        if (port, protocol) not in found:
            fact = PortWithoutListener(port, protocol, tuple(found.values()))
            report(fact, span or Span(module.files[0].source, 0, 0))
