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

from dataclasses import dataclass

from compiler.deploy.listeners import Listener, listeners
from compiler.diagnostics import Fact, Note
from compiler.graph.model import Node
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

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
    seen: list[tuple[Listener, Node]] = []
    for node in module.graph.nodes.values():
        for found in listeners(node):
            for other, owner in seen:
                if _collide(found, other):
                    fact = PortBoundTwice(found.port, owner.id)
                    report(fact, found.span, Note("the first one", other.span))
                    break
            else:
                seen.append((found, node))


def _collide(one: Listener, other: Listener) -> bool:
    same = one.host == other.host or one.host in _ALL or other.host in _ALL
    return same and (one.port, one.protocol) == (other.port, other.protocol)
