"""A destination without an endpoint.

*What it finds*: `loki.write`, `prometheus.remote_write` and `pyroscope.write` without an `endpoint` block.

*Why it hurts*: `loki.write` refuses to start; the others start and throw everything away.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" { }
```

*Use instead*:

```alloy
loki.source.api "in" {
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

from compiler.diagnostics import Fact
from compiler.graph.read import block
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class NoEndpoint(Fact, code="KM314"):
    __doc__ = __doc__

    id: str

    def message(self) -> str:
        return f"`{self.id}` has no endpoint: what arrives goes nowhere"

    def help(self) -> str:
        return 'write `endpoint { url = "…" }`'


@rule(NoEndpoint)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.write", "prometheus.remote_write", "pyroscope.write"):
        if block(node.block, "endpoint") is None:
            report(NoEndpoint(node.id), node.block.head)
