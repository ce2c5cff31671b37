"""Every replica reads the same targets.

*What it finds*: in a workload that runs several times, a component that scrapes or reads logs over the network, without
clustering and without anything that limits its targets to the own node or to a share. kmon's runtime (`runtime: kmon`) forms no
cluster: there, `clustering` changes nothing.

*Why it hurts*: each sample and each line arrives once for each replica: out of order, as duplicates that are refused, or
twice in every sum.

*Example*:

```alloy workload=statefulset replicas=3
discovery.kubernetes "services" {
        role = "service"
}

prometheus.scrape "services" {
        targets    = discovery.kubernetes.services.targets
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```

*Use instead*:

```alloy workload=statefulset replicas=3
discovery.kubernetes "services" {
        role = "service"
}

prometheus.scrape "services" {
        targets    = discovery.kubernetes.services.targets
        forward_to = [prometheus.remote_write.default.receiver]

        clustering {
                enabled = true
        }
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.model import Node
from compiler.graph.read import attribute
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.sharing import NO_CLUSTER, discovers_whole_cluster, shared_targets, shares

_READERS = ("prometheus.scrape", "pyroscope.scrape", "loki.source.kubernetes", "loki.source.podlogs")


@dataclass(frozen=True)
class EveryReplicaReads(Fact, code="KM730", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    kind: str
    clusters: bool = True

    def message(self) -> str:
        return f"each replica of this {self.kind} reads the same targets through `{self.id}`"

    def help(self) -> str:
        if not self.clusters:
            return NO_CLUSTER
        return "write `clustering { enabled = true }`, or move it to a workload with one replica"


@rule(EveryReplicaReads)
def check(module: Module, report: Report) -> None:
    place = module.place
    if not place.many:
        return
    for node in module.of_type(*_READERS):
        if not shares(node, place.clusters) and _shared(node, module) and not _said_elsewhere(node, module):
            report(EveryReplicaReads(node.id, place.kind or "workload", place.clusters), node.block.head)


def _shared(node: Node, module: Module) -> bool:
    if node.type == "loki.source.podlogs":
        return True
    targets = attribute(node.block, "targets")
    return targets is not None and shared_targets(module, targets.value)


def _said_elsewhere(node: Node, module: Module) -> bool:
    """Of pods that every node discovers it is said where they are discovered."""
    sources = module.of_type("discovery.kubernetes")
    return any(discovers_whole_cluster(one, module) and node in module.behind(one) for one in sources)
