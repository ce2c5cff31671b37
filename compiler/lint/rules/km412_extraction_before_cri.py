"""A stage looks into the line before the container runtime's head is taken off.

*What it finds*: `stage.json`, `stage.logfmt` or `stage.multiline` in front of `stage.cri` in one component.

*Why it hurts*: the line still begins with time, stream and flags: JSON does not parse, a first line is never recognised.

*Example*:

```alloy
stage.json {
        expressions = {level = ""}
}

stage.cri { }

stage.labels {
        values = {level = ""}
}
```

*Use instead*:

```alloy
stage.cri { }

stage.json {
        expressions = {level = ""}
}

stage.labels {
        values = {level = ""}
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.read import attribute, nested
from compiler.lint.flow.stages import stages_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block, Body

_LOOKS = frozenset({"stage.json", "stage.logfmt", "stage.multiline"})


@dataclass(frozen=True)
class ExtractionBeforeCri(Fact, code="KM412", severity=Severity.WARNING):
    __doc__ = __doc__

    stage: str

    def message(self) -> str:
        return f"`{self.stage}` looks into the line before `stage.cri` takes the runtime's head off"

    def help(self) -> str:
        return "move it behind `stage.cri`"


@rule(ExtractionBeforeCri)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for body in (node.block.body, *(block.body for block in nested(node.block.body))):
            _look(body, report)


def _look(body: Body, report: Report) -> None:
    early: list[Block] = []
    for stage in stages_of(body):
        if stage.type == "stage.cri":
            for one in early:
                report(ExtractionBeforeCri(one.type), one.head, Note("the head is taken off here", stage.head))
            return
        # Another source is no line.
        if stage.type in _LOOKS and attribute(stage, "source") is None:
            early.append(stage)
