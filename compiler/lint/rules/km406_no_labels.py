"""Logs that can be found by nothing but their file.

*What it finds*: lines that reach `loki.write` with no label beside `filename` and `job`.

*Why it hurts*: nobody can tell which host, pod or application a line is from, and a search reads everything.

*Example*:

```alloy
loki.source.file "system" {
        targets    = [{"__path__" = "/var/log/syslog"}]
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
loki.source.file "system" {
        targets    = [{"__path__" = "/var/log/syslog", "host" = constants.hostname}]
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
from compiler.graph.read import attribute, nested, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_SAY_NOTHING = frozenset({"job", "filename", "stream", "flags"})
_SAY_IT_ELSEWHERE = frozenset({"stage.pack", "stage.structured_metadata"})
"""They put what a line is from into the line or beside it."""


@dataclass(frozen=True)
class NoLabels(Fact, code="KM406", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    to: str

    def message(self) -> str:
        return f"the lines of `{self.id}` reach `{self.to}` with no label that says where they are from"

    def help(self) -> str:
        return 'set labels on its targets, such as `"host" = constants.hostname`, or add a `discovery.relabel` in front of it'


@rule(NoLabels)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.source.file"):
        for to in _bare(node.id, module):
            found = attribute(node.block, "targets")
            report(NoLabels(node.id, to), found.value.span if found is not None else node.block.head)
            break


def _bare(id: str, module: Module) -> list[str]:
    """The destinations where its lines arrive with labels that say nothing."""
    out = module.flow.logs_out_of(id).labels
    if not out.closed or out.known - _SAY_NOTHING:
        return []
    reached = []
    for to in module.flow.downstream(id):
        node = module.graph.nodes[to]
        if any(stage.type in _SAY_IT_ELSEWHERE for stage in nested(node.block.body)):
            return []
        if node.type == "loki.write" and not written(node.block, "external_labels"):
            labels = module.flow.logs_into(to).labels
            # With other sources beside it the labels of this one are not known here.
            if labels.closed and not labels.known - _SAY_NOTHING:
                reached.append(to)
    return reached
