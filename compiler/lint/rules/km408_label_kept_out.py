"""A label is set and then removed by a list of labels to keep.

*What it finds*: `stage.label_keep` without a label that a stage in front of it sets and that nothing in between reads.

*Why it hurts*: the label never arrives, although the configuration says to set it.

*Example*:

```alloy
stage.static_labels {
        values = {team = "shop"}
}

stage.label_keep {
        values = ["namespace", "pod"]
}
```

*Use instead*:

```alloy
stage.static_labels {
        values = {team = "shop"}
}

stage.label_keep {
        values = ["namespace", "pod", "team"]
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.read import attribute, nested, text, written
from compiler.lint.flow import ANYTHING, Names
from compiler.lint.formats.selector import SelectorError, parse_selector
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block


@dataclass(frozen=True)
class LabelKeptOut(Fact, code="KM408", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str

    def message(self) -> str:
        return f"the label `{self.name}` is set above and removed here"

    def help(self) -> str:
        return f'add `"{self.name}"` to the list'


@rule(LabelKeptOut)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        stages, _ = module.flow.stages(node)
        read = _read(node.block)
        for stage, state in stages:
            kept = written(stage, "values") if stage.type == "stage.label_keep" else None
            place = attribute(stage, "values")
            if not isinstance(kept, list) or not all(isinstance(name, str) for name in kept) or place is None:
                continue
            for name, span in state.set_here.items():
                if name not in kept and not read.can(name) and not name.startswith("__"):
                    report(LabelKeptOut(name), place.value.span, Note("set here", span))


def _read(owner: Block) -> Names:
    """The labels that a stage looks at."""
    names: set[str | None] = set()
    for stage in nested(owner.body):
        match stage.type:
            case "stage.match":
                names |= _in_selector(text(stage, "selector"))
            case "stage.tenant":
                names.add(text(stage, "label"))
            case "stage.limit":
                names.add(text(stage, "by_label_name"))
            case "stage.metrics":
                return ANYTHING  # a metric carries all labels of its line
            case _:
                pass
    return Names(frozenset(name for name in names if name))


def _in_selector(selector: str | None) -> set[str]:
    try:
        return {one.name for one in parse_selector(selector)[0]} if selector is not None else set()
    except SelectorError:
        return set()
