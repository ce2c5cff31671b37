r"""A selector whose conditions exclude each other.

*What it finds*: `stage.match` with two conditions on one label of which no value fulfils both, and with a line filter that
another one excludes.

*Why it hurts*: the stages inside never run. Selectors know no "or" between matchers: two values of one label need `=~`.

*Example*:

```alloy
stage.match {
        selector = "{level=\"debug\", level=\"trace\"}"
        action   = "drop"
}
```

*Use instead*:

```alloy
stage.match {
        selector = "{level=~\"debug|trace\"}"
        action   = "drop"
}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, nested, text
from compiler.lint.formats.selector import Matcher, SelectorError, parse_selector
from compiler.lint.module import Module
from compiler.lint.regex import fullmatch
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class SelectorNeverMatches(Fact, code="KM428", severity=Severity.WARNING):
    __doc__ = __doc__

    first: str
    second: str
    values: tuple[str, ...]

    def message(self) -> str:
        return f"no line fulfils both `{self.first}` and `{self.second}`"

    def help(self) -> str:
        return f'write `=~"{"|".join(self.values)}"`' if self.values else "remove one of the two"


@rule(SelectorNeverMatches)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            place = attribute(stage, "selector")
            selector = text(stage, "selector") if stage.type == "stage.match" else None
            if selector is None or place is None:
                continue
            try:
                matchers, filters = parse_selector(selector)
            except SelectorError:
                continue
            for first, second in _pairs(matchers, filters):
                values = (first.text, second.text) if first.operator == second.operator == "=" else ()
                fact = SelectorNeverMatches(_shown(first), _shown(second), values)
                report(fact, place.value.span)
                break


def _pairs(matchers: list[Matcher], filters: list[Matcher]) -> Iterator[tuple[Matcher, Matcher]]:
    """Conditions that exclude each other."""
    for first, second in combinations(matchers, 2):
        if first.name == second.name and (_excludes(first, second) or _excludes(second, first)):
            yield first, second
    for first, second in combinations(filters, 2):
        for wanted, refused in ((first, second), (second, first)):
            if (wanted.operator, refused.operator) == ("|=", "!=") and refused.text in wanted.text:
                yield first, second


def _excludes(exact: Matcher, other: Matcher) -> bool:
    """Whether the one value of `exact` is not what `other` asks for."""
    if exact.operator != "=":
        return False
    match other.operator:
        case "=":
            return exact.text != other.text
        case "!=":
            return exact.text == other.text
        case "=~":
            return fullmatch(other.text, exact.text) is False
        case _:
            return fullmatch(other.text, exact.text) is True


def _shown(one: Matcher) -> str:
    return f'{one.name}{one.operator}"{one.text}"'
