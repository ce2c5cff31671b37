r"""A selector asks for a label that nothing sets.

*What it finds*: `stage.match` with a matcher on a label that neither the source nor a stage in front of it sets, where the
matcher does not accept its absence.

*Why it hurts*: the stages inside never run: lines stay unparsed, secrets unmasked, noise undropped.

*Example*:

```alloy
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "app" = "shop"}]
        forward_to = [loki.process.app.receiver]
}

loki.process "app" {
        forward_to = [loki.echo.out.receiver]

        stage.match {
                selector = "{application=\"shop\"}"

                stage.decolorize { }
        }
}

loki.echo "out" { }
```

*Use instead*:

```alloy
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "app" = "shop"}]
        forward_to = [loki.process.app.receiver]
}

loki.process "app" {
        forward_to = [loki.echo.out.receiver]

        stage.match {
                selector = "{app=\"shop\"}"

                stage.decolorize { }
        }
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, did_you_mean
from compiler.graph.read import attribute, text
from compiler.lint.formats.selector import SelectorError, parse_selector
from compiler.lint.module import Module
from compiler.lint.regex import fullmatch
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class SelectorOfNothing(Fact, code="KM407", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"no line has the label `{self.name}` here: this selector matches nothing"

    def help(self) -> str:
        near = did_you_mean(self.name, self.known)
        return f"did you mean `{near}`?" if near else f"set `{self.name}` in front of it, or remove the matcher"


@rule(SelectorOfNothing)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        if module.flow.nothing_arrives(node.id):
            continue
        for stage, state in module.flow.stages(node)[0]:
            place = attribute(stage, "selector")
            selector = text(stage, "selector") if stage.type == "stage.match" else None
            if selector is None or place is None:
                continue
            try:
                matchers, _ = parse_selector(selector)
            except SelectorError:
                continue
            for name, operator, wanted in matchers:
                if state.labels.can(name) or name in state.moved or _accepts_nothing(operator, wanted):
                    continue
                report(SelectorOfNothing(name, tuple(sorted(state.labels.known))), place.value.span)


def _accepts_nothing(operator: str, wanted: str) -> bool:
    """Whether a matcher is content with a label that is not there, which is the empty text."""
    match operator:
        case "=":
            return wanted == ""
        case "!=":
            return wanted != ""
        case "=~":
            return fullmatch(wanted, "") is not False
        case _:
            return fullmatch(wanted, "") is not True
