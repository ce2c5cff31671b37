"""One file is read twice.

*What it finds*: two targets with the same `__path__` and different labels in the list of one component.

*Why it hurts*: each line arrives twice. A target is told from another by its path and its labels together, so nothing merges
them.

*Example*:

```alloy
loki.source.file "system" {
        targets = [
                {"__path__" = "/var/log/syslog", "job" = "system", "host" = "a"},
                {"__path__" = "/var/log/syslog", "job" = "kernel", "host" = "a"},
        ]
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy
loki.source.file "system" {
        targets = [
                {"__path__" = "/var/log/syslog", "job" = "system", "host" = "a"},
                {"__path__" = "/var/log/kern.log", "job" = "kernel", "host" = "a"},
        ]
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.read import attribute
from compiler.lint.flow.flow import Path
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Array


@dataclass(frozen=True)
class OneFileTwice(Fact, code="KM405", severity=Severity.WARNING):
    __doc__ = __doc__

    path: str

    def message(self) -> str:
        return f"`{self.path}` is read twice"

    def help(self) -> str:
        return "keep one of the targets, and set the labels of the other in a `loki.process`"


@rule(OneFileTwice)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.source.file", "local.file_match"):
        found = attribute(node.block, "targets" if node.type == "loki.source.file" else "path_targets")
        if found is None or not isinstance(found.value, Array):
            continue
        seen: dict[str, tuple[Path, str]] = {}
        for element in found.value.elements:
            text = "".join(element.span.source.text[element.span.start : element.span.end].split())
            for path in module.flow.list_of_targets(Array((element,), element.span)).paths:
                first, first_text = seen.setdefault(path.text, (path, text))
                # Of two targets that are the same in all, one is read.
                if first is not path and first_text != text:
                    report(OneFileTwice(path.text), path.span, Note("the first one", first.span))
