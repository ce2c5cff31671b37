"""Targets are found and nobody uses them.

*What it finds*: a component that finds or changes targets (`discovery.*`, `local.file_match`, exporters) and whose list no
other component names.

*Why it hurts*: it costs memory and calls to the API server for nothing. Most often the component behind it names another
list, and reads what should have been filtered.

*Example*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}
```

*Use instead*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
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

from compiler.diagnostics import Fact, Severity
from compiler.graph.edges import PUSHED, signal
from compiler.graph.model import Node
from compiler.graph.read import attribute, block
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class UnusedTargets(Fact, code="KM311", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    export: str

    def message(self) -> str:
        return f"no component uses what `{self.id}` finds"

    def help(self) -> str:
        return f"name `{self.id}.{self.export}` in the `targets` of a component, or remove it"


_PROBERS = frozenset({"prometheus.exporter.blackbox", "prometheus.exporter.snmp"})


@rule(UnusedTargets)
def check(module: Module, report: Report) -> None:
    if module.broken:
        return
    for node in module.graph.nodes.values():
        signals = {name: signal(kind) for name, kind in node.schema.exports.items()}
        if module.uses[node.id] or not signals or PUSHED & set(signals.values()) or _works_without(node):
            continue
        outputs = [name for name, kind in signals.items() if kind == "targets"]
        if outputs:
            report(UnusedTargets(node.id, outputs[0]), node.block.head)


def _works_without(node: Node) -> bool:
    """Whether it does its work while nobody uses its targets: it sends telemetry by itself, or it has no targets of its own
    and is asked over HTTP what to probe."""
    if attribute(node.block, "forward_to") is not None or block(node.block, "output") is not None:
        return True
    return node.type in _PROBERS and attribute(node.block, "targets") is None and block(node.block, "target") is None
