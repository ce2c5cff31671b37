"""The same events of the cluster are read twice.

*What it finds*: two `loki.source.kubernetes_events` of one configuration that watch the same namespace, or all of them.

*Why it hurts*: each event arrives twice, and the API server is watched twice.

*Example*:

```alloy
loki.source.kubernetes_events "all" {
        forward_to = [loki.echo.out.receiver]
}

loki.source.kubernetes_events "shop" {
        namespaces = ["shop"]
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy
loki.source.kubernetes_events "all" {
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.read import attribute, block, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class EventsTwice(Fact, code="KM430", severity=Severity.WARNING):
    __doc__ = __doc__

    other: str
    namespace: str

    def message(self) -> str:
        of = f"events of the namespace `{self.namespace}`" if self.namespace else "all events"
        return f"{of} are read by `{self.other}` too"

    def help(self) -> str:
        return "remove one of the two, or give them different `namespaces`"


@rule(EventsTwice)
def check(module: Module, report: Report) -> None:
    sources = []
    for node in module.of_type("loki.source.kubernetes_events"):
        # Another client can mean another cluster.
        listed = written(node.block, "namespaces") if attribute(node.block, "namespaces") else []
        if block(node.block, "client") is None and isinstance(listed, list) and all(isinstance(n, str) for n in listed):
            sources.append((frozenset(listed), node))
    for number, (names, node) in enumerate(sources):
        for other_names, other in sources[:number]:
            both = sorted(names & other_names) or sorted(names or other_names)
            if not names or not other_names or names & other_names:
                report(
                    EventsTwice(other.id, both[0] if both else ""),
                    node.block.head,
                    Note("the first one", other.block.head),
                )
                break
