"""What has been read, or is still to be sent, is forgotten at a restart.

*What it finds*: positions of a log source, a write-ahead log or a queue on a storage that goes with the pod.

*Why it hurts*: positions and write-ahead logs stand below `--storage.path`. On an `emptyDir` they are gone with the pod: after each
rollout all files are read again from their beginning, or with `tail_from_end` what was written meanwhile is lost; lines that
waited for their destination are lost as well.

*Example*:

```alloy workload=daemonset storage=temporary
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "app" = "shop"}]
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy workload=daemonset storage=persistent
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "app" = "shop"}]
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

from compiler.deploy.arguments import fulfils
from compiler.deploy.requirements import load_requirements
from compiler.diagnostics import Fact, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class PositionsLost(Fact, code="KM812", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    what: str

    def message(self) -> str:
        return f"{self.what} of `{self.id}` {'are' if self.what.endswith('s') else 'is'} gone with the pod"

    def help(self) -> str:
        return "mount a folder of the host or a persistent volume at the path of `--storage.path`"


@rule(PositionsLost)
def check(module: Module, report: Report) -> None:
    if module.place.persistent is not False or module.place.kind == "none":
        return
    for node in module.graph.nodes.values():
        requirement = load_requirements().get(node.type)
        for what, when in requirement.state.items() if requirement is not None else ():
            if fulfils(node, when, surely=True):
                report(PositionsLost(node.id, f"the {what}"), node.block.head)
