"""One process follows the logs of very many pods through the API server.

*What it finds*: a `loki.source.kubernetes` whose targets are limited neither by a selector or namespaces nor by a rule that keeps
some of them, where it is known how many pods there are (`--pods`) and each process would follow more than 500.

*Why it hurts*: each container is a request that stays open on the API server and on a kubelet. Some thousands of them have made
API servers unusable for everything else.

*Example*:

```alloy workload=deployment replicas=1 pods=8000
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

```alloy workload=daemonset pods=8000
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

from compiler.deploy.permissions import discoveries
from compiler.diagnostics import Fact, Severity
from compiler.graph.model import Node
from compiler.graph.read import block, blocks, text
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.sharing import shares

_BUDGET = 500


@dataclass(frozen=True)
class TailsManyPods(Fact, code="KM704", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    pods: int

    def message(self) -> str:
        return f"each process follows the logs of {self.pods:,} pods through the API server in `{self.id}`"

    def help(self) -> str:
        return "read files on each node (`loki.source.file`), limit the discovery, or share the work among replicas"


@rule(TailsManyPods)
def check(module: Module, report: Report) -> None:
    pods = module.place.cluster.pods
    if pods is None:
        return
    for node in module.of_type("loki.source.kubernetes"):
        each = pods // (module.place.replicas or 1) if shares(node, module.place.clusters) else pods
        sources = list(discoveries(module.graph, node))
        if each > _BUDGET and sources and not any(_limited(one, module) for one in sources):
            report(TailsManyPods(node.id, each), node.block.head)


def _limited(node: Node, module: Module) -> bool:
    """Whether a discovery does not see all pods, or rules choose among them; other ways to find pods are not judged."""
    if node.type != "discovery.kubernetes" or text(node.block, "role") != "pod":
        return True
    if block(node.block, "namespaces") is not None or any(True for _ in blocks(node.block, "selectors")):
        return True
    return any(
        rule.action in (None, "keep", "keepequal", "hashmod")
        for user in module.behind(node)
        if user is not None and user.type == "discovery.relabel"
        for rule in rules_of(user.block)
    )
