"""What belongs to the whole cluster runs once on every node.

*What it finds*: a source that reads the whole cluster (events, rules, the operator's objects) in a workload with several replicas,
without clustering.

*Why it hurts*: each event or sample arrives once for each replica, and the API server serves as many watches.

*Example*:

```alloy workload=daemonset
loki.source.kubernetes_events "all" {
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy workload=deployment
loki.source.kubernetes_events "all" {
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import block, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.sharing import NO_CLUSTER

_OF_THE_CLUSTER = (
    "loki.source.kubernetes_events", "mimir.rules.kubernetes", "loki.rules.kubernetes", "prometheus.operator.",
    "mimir.alerts.kubernetes",
)  # fmt: skip


@dataclass(frozen=True)
class RunsOnEveryNode(Fact, code="KM701", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    kind: str
    clusters: bool = True

    def message(self) -> str:
        return f"`{self.id}` reads the whole cluster, and this {self.kind} runs it several times"

    def help(self) -> str:
        if not self.clusters:
            return NO_CLUSTER
        return "move it to a workload with one replica, or write `clustering { enabled = true }` where it has that"


@rule(RunsOnEveryNode)
def check(module: Module, report: Report) -> None:
    place = module.place
    if not place.many:
        return
    for node in module.of_type(*_OF_THE_CLUSTER):
        clustering = block(node.block, "clustering")
        if not place.clusters or clustering is None or written(clustering, "enabled") in (None, False):
            report(RunsOnEveryNode(node.id, place.kind or "workload", place.clusters), node.block.head)
