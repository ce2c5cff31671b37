r"""A stage that drops every line.

*What it finds*: `stage.drop` whose expression matches any text, and `stage.match` with `action = "drop"` and a selector
that every line fulfils, where nothing else limits them.

*Why it hurts*: nothing arrives behind it, and the component is healthy.

*Example*:

```alloy
stage.drop {
        expression = ".*"
}
```

*Use instead*:

```alloy
stage.drop {
        expression = ".*level=debug.*"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, text
from compiler.lint.flow.stages import stages_of
from compiler.lint.formats.selector import SelectorError, parse_selector
from compiler.lint.module import Module
from compiler.lint.regex import fullmatch
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block

_LIMITS = ("source", "value", "older_than", "longer_than")
_ALL = frozenset({"", ".*", "(.*)", "^.*$", "^", "$", ".*?"})


@dataclass(frozen=True)
class DropsEveryLine(Fact, code="KM415", severity=Severity.WARNING):
    __doc__ = __doc__

    what: str

    def message(self) -> str:
        return f"every line is dropped here: `{self.what}` matches all of them"

    def help(self) -> str:
        return "write what is to be dropped, or remove the stage"


@rule(DropsEveryLine)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        # Inside of a `stage.match` the selector limits what is dropped.
        for stage in stages_of(node.block.body):
            found = _expression(stage) if stage.type == "stage.drop" else _selector(stage)
            if found is not None:
                report(DropsEveryLine(found), stage.head)


def _expression(stage: Block) -> str | None:
    if any(attribute(stage, name) is not None for name in _LIMITS):
        return None
    expression = text(stage, "expression")
    return expression if expression in _ALL and attribute(stage, "expression") is not None else None


def _selector(stage: Block) -> str | None:
    selector = text(stage, "selector") if stage.type == "stage.match" else None
    if selector is None or text(stage, "action", "keep") != "drop":
        return None
    try:
        matchers, filters = parse_selector(selector)
    except SelectorError:
        return None
    # The second text stands for any value: only an expression such as `.*` matches both.
    accepts = all(one.operator == "=~" and fullmatch(one.text, "") and fullmatch(one.text, "\0any") for one in matchers)
    return selector if accepts and not filters else None
