"""Two components that listen on one port.

*What it finds*: two servers of one configuration with the same port, where both listen on the same or on all addresses. The
defaults count: two `loki.source.api` without an `http` block both take 8080, and the process itself takes 12345.

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

from collections import defaultdict
from dataclasses import dataclass

from compiler.deploy.listeners import Listener, listeners
from compiler.diagnostics import Fact, Note, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_ALL = frozenset({"", "0.0.0.0", "[::]", "::"})
_OWN = 12345
"""Where the process answers (`--server.http.listen-addr`), unless it is told otherwise."""


@dataclass(frozen=True)
class PortBoundTwice(Fact, code="KM315"):
    __doc__ = __doc__

    port: int
    other: str
    """The id of a component; empty for the process itself."""

    def message(self) -> str:
        return f"port {self.port} is taken by " + (f"`{self.other}`" if self.other else "the process itself")

    def help(self) -> str:
        return "give one of them another port"


@rule(PortBoundTwice)
def check(module: Module, report: Report) -> None:
    # Who listens on all addresses stands under the empty one, and then alone.
    seen: dict[tuple[int, str], dict[str, tuple[str, Listener]]] = defaultdict(dict)
    for node in module.graph.nodes.values():
        for one in listeners(node):
            taken, host = seen[one.port, one.protocol], "" if one.host in _ALL else one.host
            first = (taken.get(host) or taken.get("")) if host else next(iter(taken.values()), None)
            if first is not None:
                report(PortBoundTwice(one.port, first[0]), one.span, Note("the first one", first[1].span))
                continue
            taken[host] = (node.id, one)
            if one.port == _OWN and one.protocol == "tcp":
                report(PortBoundTwice(one.port, ""), one.span, severity=Severity.WARNING)
