"""Files are read from targets that have no `__path__`.

*What it finds*: `loki.source.file` or `local.file_match` behind targets on which nothing sets `__path__`, such as those of
`discovery.kubernetes` without a rule that builds the path.

*Why it hurts*: no file is opened and no error is logged.

*Example*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}

loki.source.file "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
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

from compiler.diagnostics import Fact
from compiler.graph.read import attribute
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_READERS = {"loki.source.file": "targets", "local.file_match": "path_targets"}


@dataclass(frozen=True)
class NoPath(Fact, code="KM401"):
    __doc__ = __doc__

    id: str

    def message(self) -> str:
        return f"`{self.id}` reads files, but nothing sets `__path__` on its targets"

    def help(self) -> str:
        return 'add a rule with `target_label = "__path__"` in front of it'


@rule(NoPath)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_READERS):
        found = attribute(node.block, _READERS[node.type])
        if found is None or module.flow.empty(found.value):
            continue
        if not module.flow.list_of_targets(found.value).labels.can("__path__"):
            if node.type == "loki.source.file" and any(
                module.graph.nodes[reference.target].type == "local.file_match" for reference in node.references
            ):
                continue  # said at the component that lists the files
            report(NoPath(node.id), found.value.span)
