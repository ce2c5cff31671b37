r"""A selector asks for a label that was moved to structured metadata.

*What it finds*: `stage.match` with a matcher on a label that `stage.structured_metadata` in front of it took away.

*Why it hurts*: what is moved is no label any more: the stages inside never run.

*Example*:

```alloy
stage.static_labels {
        values = {pod = "a"}
}

stage.structured_metadata {
        values = {pod = ""}
}

stage.match {
        selector = "{pod=\"a\"}"

        stage.decolorize { }
}
```

*Use instead*:

```alloy
stage.static_labels {
        values = {pod = "a"}
}

stage.match {
        selector = "{pod=\"a\"}"

        stage.decolorize { }
}

stage.structured_metadata {
        values = {pod = ""}
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.read import attribute, text
from compiler.lint.formats.selector import SelectorError, parse_selector
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class MovedLabel(Fact, code="KM413", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str

    def message(self) -> str:
        return f"`{self.name}` was moved to structured metadata: this selector does not see it any more"

    def help(self) -> str:
        return "move this stage in front of `stage.structured_metadata`"


@rule(MovedLabel)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage, state in module.flow.stages(node)[0]:
            place = attribute(stage, "selector")
            selector = text(stage, "selector") if stage.type == "stage.match" else None
            if selector is None or place is None:
                continue
            try:
                matchers, _ = parse_selector(selector)
            except SelectorError:
                continue
            for one in matchers:
                if one.operator == "=" and one.text and one.name in state.moved and one.name not in state.labels.known:
                    report(MovedLabel(one.name), place.value.span, Note("moved here", state.moved[one.name]))
