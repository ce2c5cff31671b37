"""A stage whose arguments do not go together.

*What it finds*: a stage without the argument that it works with, with two of which only one can be given, or with a number
outside of its range: `stage.json` without expressions, `stage.drop` without a condition, `stage.tenant` with two sources,
`stage.sampling` above 1, `stage.match` without stages.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
stage.tenant {
        label = "team"
        value = "shop"
}
```

*Use instead*:

```alloy
stage.tenant {
        value = "shop"
}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Span
from compiler.graph.read import attribute, blocks, nested, text, written
from compiler.lint.flow.stages import stages_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block


@dataclass(frozen=True)
class StageArguments(Fact, code="KM422"):
    __doc__ = __doc__

    stage: str
    problem: str
    todo: str

    def message(self) -> str:
        return f"`{self.stage}` {self.problem}"

    def help(self) -> str:
        return self.todo


_ACTIONS = {"metric.counter": ("inc", "add"), "metric.gauge": ("set", "inc", "dec", "add", "sub")}


@rule(StageArguments)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            for problem, todo, span in _problems(stage):
                report(StageArguments(stage.type, problem, todo), span)


def _problems(stage: Block) -> Iterator[tuple[str, str, Span]]:
    """What is wrong, what to type, and where."""
    match stage.type:
        case "stage.json" | "stage.logfmt":
            name = "expressions" if stage.type == "stage.json" else "mapping"
            if not _has(stage, name) and not _has(stage, "regex"):
                yield (
                    f"extracts nothing: it has neither `{name}` nor `regex`",
                    f'write `{name} = {{level = ""}}`',
                    stage.head,
                )
        case "stage.drop":
            yield from _drop(stage)
        case "stage.tenant":
            given = [one for one in ("label", "source", "value") if _has(stage, one)]
            if len(given) != 1:
                problem = f"has {' and '.join(f'`{one}`' for one in given)}" if given else "says no tenant"
                yield f"{problem}", "write exactly one of `label`, `source`, `value`", stage.head
        case "stage.sampling":
            rate, place = written(stage, "rate"), attribute(stage, "rate")
            if isinstance(rate, int | float) and place is not None and not 0 <= rate <= 1:
                yield (
                    f"has a rate of {rate}",
                    "write a rate between 0 and 1, such as `0.1` for one line in ten",
                    place.value.span,
                )
        case "stage.match":
            drops, inside = text(stage, "action", "keep") == "drop", stages_of(stage.body)
            if drops and inside:
                yield "drops what it matches: its stages never run", 'remove them, or `action = "drop"`', inside[0].head
            elif not inside and text(stage, "action", "keep") in ("keep", ""):
                yield "has no stages", 'write stages inside, or `action = "drop"`', stage.head
        case "stage.limit":
            drop = written(stage, "drop")
            if _has(stage, "by_label_name") and drop in (None, False):
                yield "has `by_label_name` and does not drop", "write `drop = true`", stage.head
        case "metric.counter" | "metric.gauge":
            action, place = text(stage, "action"), attribute(stage, "action")
            if action is not None and place is not None and action.lower() not in _ACTIONS[stage.type]:
                known = ", ".join(f"`{one}`" for one in _ACTIONS[stage.type])
                yield f"has no action `{action}`", f"write one of {known}", place.value.span
        case "stage.truncate":
            if not any(True for _ in blocks(stage, "rule")):
                yield "has no rule", 'write `rule { limit = "1KiB" }`', stage.head
        case _:
            pass


def _has(stage: Block, name: str) -> bool:
    """Whether something is given; an empty value is none, one that only running shows is."""
    value = written(stage, name)
    return value is not None and value not in ("", {}, [])


def _drop(stage: Block) -> Iterator[tuple[str, str, Span]]:
    conditions = ("source", "expression", "older_than", "longer_than")
    if not any(_has(stage, name) for name in conditions):
        yield "has no condition", "write `expression`, `source`, `older_than` or `longer_than`", stage.head
    if _has(stage, "value") and _has(stage, "expression"):
        yield "has both `value` and `expression`", "remove one of them", stage.head
    elif _has(stage, "value") and not _has(stage, "source"):
        yield "compares `value` with nothing", "write in `source` what is compared", stage.head
