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


@rule(UnusedTargets)
def check(module: Module, report: Report) -> None:
    if module.broken:
        return
    for node in module.graph.nodes.values():
        signals = {name: signal(kind) for name, kind in node.schema.exports.items()}
        if module.uses[node.id] or not signals or PUSHED & set(signals.values()):
            continue
        outputs = [name for name, kind in signals.items() if kind == "targets"]
        if outputs:
            report(UnusedTargets(node.id, outputs[0]), node.block.head)
