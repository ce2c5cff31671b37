"""Docker's JSON is parsed where containerd and CRI-O write another format.

*What it finds*: `stage.docker` on lines of `/var/log/pods` or `/var/log/containers`, without a `stage.cri` in the component.

*Why it hurts*: containerd and CRI-O write `time stream flags line`. No line is JSON, so each is left as it is: with the head of
time and flags in it, and with the time of reading.

*Example*:

```alloy
local.file_match "pods" {
        path_targets = [{"__path__" = "/var/log/pods/*/*/*.log", "host" = constants.hostname}]
}

loki.source.file "pods" {
        targets    = local.file_match.pods.targets
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.echo.out.receiver]

        stage.docker { }
}

loki.echo "out" { }
```

*Use instead*:

```alloy
local.file_match "pods" {
        path_targets = [{"__path__" = "/var/log/pods/*/*/*.log", "host" = constants.hostname}]
}

loki.source.file "pods" {
        targets    = local.file_match.pods.targets
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.echo.out.receiver]

        stage.cri { }
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import nested
from compiler.lint.containers import container_sources
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class DockerStageOnCri(Fact, code="KM410", severity=Severity.WARNING):
    __doc__ = __doc__

    source: str

    def message(self) -> str:
        return f"`stage.docker` parses Docker's JSON, but the lines of `{self.source}` are in the format of CRI"

    def help(self) -> str:
        return "write `stage.cri { }`; where both runtimes are in use, put each into a `stage.match`"


@rule(DockerStageOnCri)
def check(module: Module, report: Report) -> None:
    from_containers = container_sources(module)
    for node in module.of_type("loki.process"):
        stages = list(nested(node.block.body))
        sources = sorted(module.flow.logs_into(node.id).sources & from_containers.keys())
        if not sources or any(stage.type == "stage.cri" for stage in stages):
            continue
        for stage in stages:
            if stage.type == "stage.docker":
                report(DockerStageOnCri(sources[0]), stage.head)
