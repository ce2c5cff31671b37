"""Every node watches the pods of the whole cluster.

*What it finds*: in a DaemonSet a `discovery.kubernetes` of pods that is not limited to the own node: no selector on
`spec.nodeName`, no rule that compares `__meta_kubernetes_pod_node_name`, no clustering behind it.

*Why it hurts*: memory and calls to the API server grow with nodes times pods; what is scraped or read through the API arrives once
for each node.

*Example*:

```alloy workload=daemonset
discovery.kubernetes "pods" {
        role = "pod"
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy workload=daemonset
discovery.kubernetes "pods" {
        role = "pod"

        selectors {
                role  = "pod"
                field = "spec.nodeName=" + sys.env("HOSTNAME")
        }
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.sharing import discovers_whole_cluster


@dataclass(frozen=True)
class DiscoversWholeCluster(Fact, code="KM702", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str

    def message(self) -> str:
        return f"`{self.id}` watches the pods of all nodes, on every node"

    def help(self) -> str:
        return 'write `selectors { role = "pod" field = "spec.nodeName=" + sys.env("HOSTNAME") }`'


@rule(DiscoversWholeCluster)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("discovery.kubernetes"):
        if discovers_whole_cluster(node, module):
            report(DiscoversWholeCluster(node.id), node.block.head)
