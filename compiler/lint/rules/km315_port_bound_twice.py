"""Two components that listen on one port.

*What it finds*: two servers of one configuration with the same port, where both listen on the same or on all addresses.
The defaults count: two `loki.source.api` without an `http` block both take 8080.

*Why it hurts*: the second one fails when it starts; its senders get errors from whoever came first.

*Example*:

```alloy
loki.source.api "a" {
        forward_to = [loki.write.default.receiver]
}

loki.source.api "b" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
loki.source.api "a" {
        forward_to = [loki.write.default.receiver]
}

loki.source.api "b" {
        http {
                listen_port = 8081
        }
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Span
from compiler.graph.model import Node
from compiler.lint.module import Module
from compiler.lint.read import attribute, block, text, written
from compiler.lint.registry import Report, rule

_SERVERS = frozenset(
    {
        "loki.source.api",
        "prometheus.receive_http",
        "pyroscope.receive_http",
        "loki.source.heroku",
        "loki.source.awsfirehose",
    }
)
_PROTOCOLS = {"otelcol.receiver.otlp": {"grpc": "0.0.0.0:4317", "http": "0.0.0.0:4318"}}
_ALL = frozenset({"", "0.0.0.0", "[::]"})


@dataclass(frozen=True)
class PortBoundTwice(Fact, code="KM315"):
    __doc__ = __doc__

    port: int
    other: str

    def message(self) -> str:
        return f"port {self.port} is taken by `{self.other}`"

    def help(self) -> str:
        return "give one of them another port"


@rule(PortBoundTwice)
def check(module: Module, report: Report) -> None:
    seen: list[tuple[str, int, Node, Span]] = []
    for node in module.graph.nodes.values():
        for host, port, span in _listens(node):
            for other_host, other_port, other, place in seen:
                if port == other_port and (host == other_host or host in _ALL or other_host in _ALL):
                    report(PortBoundTwice(port, other.id), span, Note("the first one", place))
                    break
            else:
                seen.append((host, port, node, span))


def _listens(node: Node) -> Iterator[tuple[str, int, Span]]:
    """Address, port and place of each server whose port is known."""
    if node.type in _SERVERS:
        http = block(node.block, "http")
        port = 8080 if http is None else written(http, "listen_port")
        address = "" if http is None else text(http, "listen_address", "")
        if port is None:
            port = 8080
        if isinstance(port, int) and port > 1 and address is not None:
            place = attribute(http, "listen_port") if http is not None else None
            yield address, port, place.value.span if place is not None else node.block.head
    for name, default in _PROTOCOLS.get(node.type, {}).items():
        inner = block(node.block, name)
        if inner is None:
            continue
        endpoint = written(inner, "endpoint")
        if not isinstance(endpoint, str | None):
            continue
        host, _, port_text = (endpoint or default).rpartition(":")
        if port_text.isdigit() and int(port_text) > 0:
            place = attribute(inner, "endpoint")
            yield host, int(port_text), place.value.span if place is not None else inner.head
