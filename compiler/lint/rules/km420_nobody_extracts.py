"""A stage reads a value that nothing extracts.

*What it finds*: a source in `stage.labels`, `stage.timestamp`, `stage.output`, `stage.tenant` and their like that is
neither a label nor extracted by a stage in front of it.

*Why it hurts*: the stage does nothing: the label never appears, the time stays that of reading.

*Example*:

```alloy
loki.source.file "app" {
        targets    = [{"__path__" = "/var/log/app.log", "app" = "shop"}]
        forward_to = [loki.process.app.receiver]
}

loki.process "app" {
        forward_to = [loki.echo.out.receiver]

        stage.labels {
                values = {level = ""}
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

        stage.json {
                expressions = {level = ""}
        }

        stage.labels {
                values = {level = ""}
        }
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span, did_you_mean
from compiler.graph.read import attribute, text
from compiler.lint.flow.stages import keys_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block

_SOURCE = frozenset(
    {
        "stage.timestamp", "stage.output", "stage.tenant", "stage.json", "stage.logfmt", "stage.regex", "stage.replace",
        "stage.pattern", "stage.luhn", "stage.geoip",
    }
)  # fmt: skip


_VALUES = frozenset({"stage.labels", "stage.structured_metadata"})


@dataclass(frozen=True)
class NobodyExtracts(Fact, code="KM420", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"nothing in front of this stage extracts `{self.name}`"

    def help(self) -> str:
        near = did_you_mean(self.name, self.known)
        return (
            f"did you mean `{near}`?"
            if near
            else f"extract `{self.name}` before, with `stage.json`, `stage.logfmt` or `stage.regex`"
        )


@rule(NobodyExtracts)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        if module.flow.nothing_arrives(node.id):
            continue
        for stage, state in module.flow.stages(node)[0]:
            for name, span in _sources(stage):
                if not state.extracted.can(name) and not state.labels.can(name):
                    known = tuple(sorted(state.extracted.known))
                    report(NobodyExtracts(name, known), span)


def _sources(stage: Block) -> Iterator[tuple[str, Span]]:
    """Names of extracted values that a stage reads, with their places."""
    if stage.type in _SOURCE:
        name, place = text(stage, "source", ""), attribute(stage, "source")
        if name and place is not None:
            yield name, place.value.span
    elif stage.type == "stage.drop":
        names, place = text(stage, "source", ""), attribute(stage, "source")
        for name in names.split(",") if names else ():
            if place is not None:
                yield name.strip(), place.value.span
    elif stage.type == "stage.metrics":
        for metric in stage.body.blocks:
            name, place = text(metric, "source", ""), attribute(metric, "source")
            if name and place is not None:
                yield name, place.value.span
    elif stage.type in _VALUES and text(stage, "source_type", "extracted") == "extracted":
        for _, source, span in keys_of(stage, "values"):
            yield source, span
