r"""An expression that extracts nothing.

*What it finds*: `stage.regex` without a named group, and `stage.replace` without any group.

*Why it hurts*: `stage.regex` keeps named groups only, `stage.replace` changes only what stands in groups: the stage does
nothing.

*Example*:

```alloy
stage.regex {
        expression = "level=(\\w+)"
}
```

*Use instead*:

```alloy
stage.regex {
        expression = "level=(?P<level>\\w+)"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, nested, text
from compiler.lint.module import Module
from compiler.lint.regex import group_count, group_names
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class NoNamedGroup(Fact, code="KM421", severity=Severity.WARNING):
    __doc__ = __doc__

    stage: str

    def message(self) -> str:
        if self.stage == "stage.replace":
            return "this expression has no group: `stage.replace` changes only what stands in groups"
        return "this expression has no named group: `stage.regex` extracts nothing"

    def help(self) -> str:
        return (
            "put parentheses around what is to be replaced" if self.stage == "stage.replace" else "write `(?P<name>…)`"
        )


@rule(NoNamedGroup)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            place, expression = attribute(stage, "expression"), text(stage, "expression")
            if place is None or expression is None:
                continue
            nothing = (stage.type == "stage.regex" and group_names(expression) == frozenset()) or (
                stage.type == "stage.replace" and group_count(expression) == 0
            )
            if nothing:
                report(NoNamedGroup(stage.type), place.value.span)
