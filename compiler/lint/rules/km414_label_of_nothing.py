"""A stage works with a label that nothing sets.

*What it finds*: the tenant of `stage.tenant`, the limit of `stage.limit` or the labels of `stage.pack`, taken from a label
that neither the source nor a stage in front sets.

*Why it hurts*: without the label no tenant is set, so that lines go to the default one; all lines together share one limit;
nothing is packed.

*Example*:

```alloy
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "team" = "shop"}]
        forward_to = [loki.process.app.receiver]
}

loki.process "app" {
        forward_to = [loki.echo.out.receiver]

        stage.tenant {
                label = "namespace"
        }
}

loki.echo "out" { }
```

*Use instead*:

```alloy
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "team" = "shop"}]
        forward_to = [loki.process.app.receiver]
}

loki.process "app" {
        forward_to = [loki.echo.out.receiver]

        stage.tenant {
                label = "team"
        }
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span, did_you_mean
from compiler.graph.read import attribute, text, texts
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block

_ONE = {"stage.tenant": "label", "stage.limit": "by_label_name"}


@dataclass(frozen=True)
class LabelOfNothing(Fact, code="KM414", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"no line has the label `{self.name}` here"

    def help(self) -> str:
        near = did_you_mean(self.name, self.known)
        return f"did you mean `{near}`?" if near else f"set `{self.name}` in front of this stage"


@rule(LabelOfNothing)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        if module.flow.nothing_arrives(node.id):
            continue
        for stage, state in module.flow.stages(node)[0]:
            for name, span in _labels(stage):
                # What is packed is taken from the extracted values, in which the source's labels are.
                packed = stage.type == "stage.pack" and state.extracted.can(name)
                if not state.labels.can(name) and not packed:
                    report(LabelOfNothing(name, tuple(sorted(state.labels.known))), span)


def _labels(stage: Block) -> Iterator[tuple[str, Span]]:
    """The labels that a stage reads, with their places."""
    if stage.type in _ONE:
        name, place = text(stage, _ONE[stage.type]), attribute(stage, _ONE[stage.type])
        if name and place is not None:
            yield name, place.value.span
    elif stage.type == "stage.pack":
        yield from ((name, place.span) for name, place in texts(stage, "labels"))
