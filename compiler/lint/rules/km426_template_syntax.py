"""A template that cannot be read.

*What it finds*: `{{` without `}}`, a block without `{{ end }}`, a text or a parenthesis that is not closed, in `stage.template` and
`stage.replace`.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
stage.template {
        source   = "level"
        template = "{{ if .level }}{{ ToUpper .level }}"
}
```

*Use instead*:

```alloy
stage.template {
        source   = "level"
        template = "{{ if .level }}{{ ToUpper .level }}{{ end }}"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, nested, text
from compiler.lint.formats.template import template_fault
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_TEMPLATES = {"stage.template": "template", "stage.replace": "replace"}


@dataclass(frozen=True)
class TemplateSyntax(Fact, code="KM426"):
    __doc__ = __doc__

    problem: str

    def message(self) -> str:
        return f"this template cannot be read: {self.problem}"

    def help(self) -> str:
        return "write it as Go's text/template, such as `{{ ToUpper .level }}`"


@rule(TemplateSyntax)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            name = _TEMPLATES.get(stage.type, "")
            place, template = attribute(stage, name), text(stage, name)
            if place is not None and template is not None and (problem := template_fault(template)):
                report(TemplateSyntax(problem), place.value.span)
