"""A relabel rule that can never match.

*What it finds*: an expression that none of the values of its source label matches (the phase of a pod is `Running`, not `running`);
one for several source labels with another sign than the separator that stands between their values; one with text behind `$` or in front
of `^`. An expression has to match the whole value.

*Why it hurts*: such a `keep` drops everything, and such a `drop` or `replace` does nothing. Neither is logged.

*Example*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_name"]
        regex         = "shop/web-.+"
        action        = "keep"
}
```

*Use instead*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_name"]
        separator     = "/"
        regex         = "shop/web-.+"
        action        = "keep"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, text
from compiler.lint.flow.kubernetes import is_name, values_of
from compiler.lint.flow.relabel import Rule, rules_of
from compiler.lint.matching import can_consume, matches_nothing, matches_one_of, required
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.relabelling import holders

_MATCHING = frozenset({"replace", "keep", "drop"})


@dataclass(frozen=True)
class NeverMatches(Fact, code="KM335", severity=Severity.WARNING):
    __doc__ = __doc__

    regex: str
    why: str
    todo: str

    def message(self) -> str:
        return f"`{self.regex}` can never match: {self.why}"

    def help(self) -> str:
        return self.todo


@rule(NeverMatches)
def check(module: Module, report: Report) -> None:
    for owner, name in holders(module):
        for one in rules_of(owner, name):
            place = attribute(one.block, "regex")
            # An empty expression asks for labels that are not there.
            if place is None or not one.regex or one.action not in _MATCHING or not one.all_sources:
                continue
            if (found := _why(one, one.regex)) is not None:
                report(NeverMatches(one.regex, *found), place.value.span)


def _why(one: Rule, regex: str) -> tuple[str, str] | None:
    if matches_nothing(regex):
        return "nothing stands behind the end or in front of the beginning of a text", "remove `^` and `$`"
    names = [name for name, _ in one.sources]
    separator = text(one.block, "separator", ";")
    if separator is not None and (found := _joined(names, separator, regex)) is not None:
        return found
    values = values_of(names[0]) if len(names) == 1 else None
    if values is not None and not matches_one_of(regex, ("", *values)):
        listed = ", ".join(f"`{value}`" for value in values)
        return f"`{names[0]}` is one of {listed}", "write one of these"
    return None


def _joined(names: list[str], separator: str, regex: str) -> tuple[str, str] | None:
    """Whether the expression has what no value holds, or lacks what stands between the values."""
    todo = f"write `{separator}` between the parts, or set `separator`"
    if len(names) > 1 and separator and not separator[0].isalnum() and not can_consume(regex, separator[0]):
        return f"`{separator}` stands between the values of {len(names)} labels", todo
    if names and all(map(is_name, names)):
        for sign in required(regex):
            if sign not in "-." and sign not in separator:
                return f"no value of {', '.join(f'`{name}`' for name in names)} holds `{sign}`", (
                    todo if len(names) > 1 else f"remove `{sign}`"
                )
    return None
