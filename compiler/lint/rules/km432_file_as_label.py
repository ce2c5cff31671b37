"""Each container's log file is a stream of its own.

*What it finds*: logs of containers that reach `loki.write` with the label `filename`, which every file source sets, and
with the name of the pod beside it.

*Why it hurts*: the path holds the uid of the pod and the number of the restart, so that each pod and each restart makes new
streams. With `namespace`, `pod` and `container` beside it, it says nothing more.

*Example*:

```alloy
loki.source.file "pods" {
        targets    = [{"__path__" = "/var/log/pods/shop_web-1_5b2f/web/0.log", "pod" = "web-1"}]
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.write.default.receiver]

        stage.cri { }
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
loki.source.file "pods" {
        targets    = [{"__path__" = "/var/log/pods/shop_web-1_5b2f/web/0.log", "pod" = "web-1"}]
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.write.default.receiver]

        stage.cri { }

        stage.label_drop {
                values = ["filename"]
        }
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

from compiler.diagnostics import Fact, Note, Severity
from compiler.lint.containers import container_sources
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_OF_A_POD = frozenset({"pod", "pod_name", "k8s_pod_name", "kubernetes_pod_name"})


@dataclass(frozen=True)
class FileAsLabel(Fact, code="KM432", severity=Severity.INFO):
    __doc__ = __doc__

    id: str
    to: str

    def message(self) -> str:
        return f"the lines of `{self.id}` reach `{self.to}` with the label `filename`, which differs for each pod and restart"

    def help(self) -> str:
        return 'drop it with `stage.label_drop { values = ["filename"] }`'


@rule(FileAsLabel)
def check(module: Module, report: Report) -> None:
    for id, path in container_sources(module).items():
        for to in module.flow.downstream(id):
            # With several sources in front of it, the label may be that of another one.
            logs = module.flow.logs_into(to) if module.graph.nodes[to].type == "loki.write" else None
            if logs is None or logs.sources != {id}:
                continue
            # Where nothing else names the pod, the path is what tells them apart.
            if "filename" in logs.labels.known and logs.labels.known & _OF_A_POD:
                report(FileAsLabel(id, to), module.graph.nodes[id].block.head, Note("the path", path.span))
                break
