"""The logs of a pod with several ports are read several times.

*What it finds*: rules that give the targets of one container different labels, because a label is made of the name, number or
protocol of a port.

*Why it hurts*: discovery makes a target for each port of a container, all with the same log file. They are merged as long as all
their labels are the same. With a label of the port each line arrives once for each port.

*Example*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}

discovery.relabel "pods" {
        targets = discovery.kubernetes.pods.targets

        rule {
                source_labels = ["__meta_kubernetes_pod_name"]
                target_label  = "pod"
        }

        rule {
                source_labels = ["__meta_kubernetes_pod_container_port_name"]
                target_label  = "port"
        }
}

loki.source.kubernetes "pods" {
        targets    = discovery.relabel.pods.output
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}

discovery.relabel "pods" {
        targets = discovery.kubernetes.pods.targets

        rule {
                source_labels = ["__meta_kubernetes_pod_name"]
                target_label  = "pod"
        }
}

loki.source.kubernetes "pods" {
        targets    = discovery.relabel.pods.output
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.ports_of_pods import relabelled_pods, told_apart
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class ReadOnceAPort(Fact, code="KM409", severity=Severity.WARNING):
    __doc__ = __doc__

    label: str

    def message(self) -> str:
        return f"`{self.label}` differs for each port of a container, so that its log is read once for each port"

    def help(self) -> str:
        return "remove this rule, or keep one port with a rule in front of it"


@rule(ReadOnceAPort)
def check(module: Module, report: Report) -> None:
    for _, node in relabelled_pods(module, "local.file_match", "loki.source.file", "loki.source.kubernetes"):
        apart = told_apart(list(rules_of(node.block)), by_container=False)
        if apart.filtered or "__path__" in apart.labels:
            continue
        for name, place in apart.labels.items():
            if place is not None and not name.startswith("__"):
                report(ReadOnceAPort(name), place)
