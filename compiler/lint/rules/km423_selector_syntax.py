r"""A selector of `stage.match` that cannot be read.

*What it finds*: mistakes in a LogQL selector. `stage.match` takes stream matchers and line filters, no parsers.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
stage.match {
        selector = "{app=shop}"

        stage.decolorize { }
}
```

*Use instead*:

```alloy
stage.match {
        selector = "{app=\"shop\"}"

        stage.decolorize { }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, nested, text
from compiler.lint.formats.selector import SelectorError, parse_selector
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class SelectorSyntax(Fact, code="KM423"):
    __doc__ = __doc__

    selector: str
    problem: str
    column: int

    def message(self) -> str:
        return f"selector `{self.selector}`, character {self.column}: {self.problem}"

    def help(self) -> str:
        return 'write it as `{app="shop", level=~"warn|error"} |= "timeout"`, with texts in double quotes'


@rule(SelectorSyntax)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            place = attribute(stage, "selector")
            selector = text(stage, "selector") if stage.type == "stage.match" else None
            if selector is None or place is None:
                continue
            try:
                parse_selector(selector)
            except SelectorError as error:
                report(SelectorSyntax(selector, str(error), error.column), place.value.span)
