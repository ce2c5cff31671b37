"""A receiver that listens on no protocol.

*What it finds*: an OTLP or Jaeger receiver without any of its protocol blocks.

*Why it hurts*: it is healthy and opens no port.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
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

from compiler.diagnostics import Fact
from compiler.graph.read import block, blocks
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_PROTOCOLS = {
    "otelcol.receiver.otlp": ("grpc", "http"),
    "otelcol.receiver.jaeger": ("protocols",),
}


@dataclass(frozen=True)
class NoProtocol(Fact, code="KM316"):
    __doc__ = __doc__

    id: str
    names: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.id}` listens on no protocol"

    def help(self) -> str:
        return "write " + " or ".join(f"`{name} {{ }}`" for name in self.names)


@rule(NoProtocol)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_PROTOCOLS):
        names = _PROTOCOLS[node.type]
        if not any(True for _ in blocks(node.block, *names)):
            report(NoProtocol(node.id, names), node.block.head)
            continue
        inner = block(node.block, "protocols")
        if inner is not None and not any(True for _ in inner.body.blocks):
            report(NoProtocol(node.id, ("grpc", "thrift_http", "thrift_compact", "thrift_binary")), inner.head)
