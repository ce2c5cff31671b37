"""An OTLP exporter with the address of the other protocol.

*What it finds*: `otelcol.exporter.otlp`, which speaks gRPC, with port 4318 or with a path; `otelcol.exporter.otlphttp` with
port 4317 or with a path of one signal (`/v1/traces`), which it adds itself; `https` beside `insecure`; gRPC without TLS and
without a port; a receiver that speaks one protocol on the port of the other.

*Why it hurts*: everything is refused or lost at the first request, and only the log of the exporter says so.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4318"
        }
}
```

*Use instead*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.exporter.otlphttp.default.input]
        }
}

otelcol.exporter.otlphttp "default" {
        client {
                endpoint = "http://tempo:4318"
        }
}
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.deploy.listeners import listeners
from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, block, text, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block

_PARTS = re.compile(r"(?:(\w+)://)?([^/]*?)(?::(\d+))?(/.*)?")
_RESOLVERS = frozenset({"dns", "unix", "passthrough", "xds"})


@dataclass(frozen=True)
class OtlpEndpoint(Fact, code="KM620", severity=Severity.WARNING):
    __doc__ = __doc__

    endpoint: str
    problem: str
    todo: str

    def message(self) -> str:
        return f"`{self.endpoint}` {self.problem}"

    def help(self) -> str:
        return self.todo


@rule(OtlpEndpoint)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("otelcol.exporter.otlp", "otelcol.exporter.otlphttp"):
        client = block(node.block, "client")
        place = attribute(client, "endpoint") if client is not None else None
        endpoint = text(client, "endpoint") if client is not None else None
        parts = _PARTS.fullmatch(endpoint or "")
        if place is None or not endpoint or parts is None or parts[1] in _RESOLVERS:
            continue
        found = _problem(node.type == "otelcol.exporter.otlp", parts[3], (parts[4] or "").rstrip("/"))
        found = found or _encryption(client, parts[1], parts[3], node.type == "otelcol.exporter.otlp")
        if found is not None:
            report(OtlpEndpoint(endpoint, *found), place.value.span)
    for node in module.of_type("otelcol.receiver.otlp"):
        for one in listeners(node):
            if (one.what, one.port) in _SWAPPED:
                other, right = _SWAPPED[one.what, one.port]
                problem = f"is the port of OTLP over {other}, and this receiver speaks {one.what} on it"
                report(OtlpEndpoint(f"{one.host}:{one.port}", problem, f"use port {right}"), one.span)


_SWAPPED = {("grpc", 4318): ("HTTP", 4317), ("http", 4317): ("gRPC", 4318)}


def _encryption(client: Block | None, scheme: str | None, port: str | None, grpc: bool) -> tuple[str, str] | None:
    """What the scheme and `tls` say against each other."""
    tls = block(client, "tls") if client is not None else None
    insecure = tls is not None and written(tls, "insecure") is True
    if scheme == "https" and insecure:
        return "is encrypted, and `insecure = true` beside it is passed over", (
            "remove `insecure`; `insecure_skip_verify` is what accepts any certificate"
        )
    if grpc and port is None and (insecure or scheme == "http"):
        return "has no port: gRPC takes 443, here without TLS", "add the port, which is 4317 for OTLP"
    return None


def _problem(grpc: bool, port: str | None, path: str) -> tuple[str, str] | None:
    if grpc and path:
        return "has a path, and gRPC has none", "remove the path, or use `otelcol.exporter.otlphttp`"
    if grpc and port == "4318":
        return (
            "is the port of OTLP over HTTP, and this exporter speaks gRPC",
            "use `otelcol.exporter.otlphttp`, or port 4317",
        )
    if not grpc and port == "4317":
        return (
            "is the port of OTLP over gRPC, and this exporter speaks HTTP",
            "use `otelcol.exporter.otlp`, or port 4318",
        )
    if not grpc and (signal := re.search(r"/v1/(?:traces|metrics|logs)$", path)):
        return f"ends in `{signal.group()}`, which the exporter adds itself", f"remove `{signal.group()}`"
    return None
