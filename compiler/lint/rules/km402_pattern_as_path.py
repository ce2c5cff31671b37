"""A pattern where the path of one file is wanted.

*What it finds*: `*`, `?`, `[` or `{` in a `__path__` that reaches `loki.source.file`, which opens exactly that file, while
neither `local.file_match` stands between nor `file_match` is switched on.

*Why it hurts*: a file of this name does not exist, so nothing is read.

*Example*:

```alloy
loki.source.file "system" {
        targets    = [{"__path__" = "/var/log/*.log", "job" = "system", "host" = "a"}]
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy
local.file_match "system" {
        path_targets = [{"__path__" = "/var/log/*.log", "job" = "system", "host" = "a"}]
}

loki.source.file "system" {
        targets    = local.file_match.system.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, block, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class PatternAsPath(Fact, code="KM402"):
    __doc__ = __doc__

    path: str
    id: str

    def message(self) -> str:
        return f"`{self.path}` is a pattern, and `{self.id}` opens the file of exactly this name"

    def help(self) -> str:
        return "put `local.file_match` between the targets and it, or write `file_match { enabled = true }`"


@rule(PatternAsPath)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.source.file"):
        expand = block(node.block, "file_match")
        if expand is not None and written(expand, "enabled") not in (None, False):
            continue
        if any(module.graph.nodes[one.target].type == "local.file_match" for one in node.references):
            continue
        found = attribute(node.block, "targets")
        if found is None:
            continue
        for path in module.flow.list_of_targets(found.value).paths:
            if set(path.text.replace("${", "$")) & set("*?[{"):
                report(PatternAsPath(path.text, node.id), path.span)
