r"""The metrics of a pod are scraped several times.

*What it finds*: rules that put a pod's own port (of an annotation, say) into `__address__`, and leave a label that differs for each
port or container of the pod.

*Why it hurts*: discovery makes a target for each port of each container. Behind such a rule all of them have one address. They
are merged only while all their labels are the same; with a label of the container or the port the pod is scraped once for
each, and every series arrives several times under different labels.

*Example*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_ip", "__meta_kubernetes_pod_annotation_prometheus_io_port"]
        separator     = ":"
        target_label  = "__address__"
}

rule {
        source_labels = ["__meta_kubernetes_pod_container_name"]
        target_label  = "container"
}
```

*Use instead*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_container_port_number"]
        action        = "keepequal"
        target_label  = "__meta_kubernetes_pod_annotation_prometheus_io_port"
}

rule {
        source_labels = ["__meta_kubernetes_pod_ip", "__meta_kubernetes_pod_annotation_prometheus_io_port"]
        separator     = ":"
        target_label  = "__address__"
}

rule {
        source_labels = ["__meta_kubernetes_pod_container_name"]
        target_label  = "container"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.model import Node
from compiler.graph.read import attribute, blocks
from compiler.lint.flow.relabel import Rule, rules_of
from compiler.lint.module import Module
from compiler.lint.ports_of_pods import relabelled_pods, told_apart
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class ScrapedOnceAPort(Fact, code="KM504", severity=Severity.WARNING):
    __doc__ = __doc__

    label: str

    def message(self) -> str:
        return f"all ports of a pod get one address, and `{self.label}` keeps their targets apart: the pod is scraped once for each"

    def help(self) -> str:
        return 'keep one of them with a rule `action = "keepequal"` on `__meta_kubernetes_pod_container_port_number`'


@rule(ScrapedOnceAPort)
def check(module: Module, report: Report) -> None:
    for discovery, node in relabelled_pods(module, "prometheus.scrape"):
        rules = list(rules_of(node.block))
        apart = told_apart(rules, by_container=True)
        if _of_one_kind(discovery, rules) or apart.filtered or "__address__" not in apart.written or apart.own_address:
            continue
        for name, place in apart.labels.items():
            if place is not None and not name.startswith("__"):
                report(ScrapedOnceAPort(name), place)
                break


def _of_one_kind(discovery: Node, rules: list[Rule]) -> bool:
    """Whether pods are chosen by their own labels or names: who does that knows their containers."""
    if any(attribute(one, "label") is not None for one in blocks(discovery.block, "selectors")):
        return True
    names = (name for one in rules if one.action == "keep" for name, _ in one.sources)
    return any("_pod_label" in name or name.endswith("_pod_name") for name in names)
