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
from compiler.graph.model import Node
from compiler.graph.read import attribute, block, blocks, text, written
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_NODE = "__meta_kubernetes_pod_node_name"


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
    if module.place.kind != "daemonset":
        return
    for node in module.of_type("discovery.kubernetes"):
        if text(node.block, "role") == "pod" and not _selects(node) and not any(map(_limits, module.behind(node))):
            report(DiscoversWholeCluster(node.id), node.block.head)


def _selects(node: Node) -> bool:
    """Whether a selector names the node, or chooses pods by their labels."""
    for selector in blocks(node.block, "selectors"):
        for name in ("field", "label"):
            found = attribute(selector, name)
            source = found.value.span if found is not None else None
            if source is not None and ("nodeName" in source.source.text[source.start : source.end] or name == "label"):
                return True
    return False


def _limits(node: Node | None) -> bool:
    if node is None:
        return False
    clustering = block(node.block, "clustering")
    if clustering is not None and written(clustering, "enabled") not in (None, False):
        return True
    return node.type == "discovery.relabel" and any(
        one.action in ("keep", "keepequal") and any(name == _NODE for name, _ in one.sources)
        for one in rules_of(node.block)
    )
