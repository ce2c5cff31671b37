"""A relabel rule that drops everything.

*What it finds*: a `keep` rule with an empty expression, which keeps only what has none of its labels, on labels that
every target has; a `drop` rule whose expression matches everything.

*Why it hurts*: the component behind it gets nothing and stays healthy.

*Example*:

```alloy rules
rule {
        source_labels = ["__address__"]
        action        = "drop"
        regex         = ".*"
}
```

*Use instead*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_phase"]
        action        = "drop"
        regex         = "Succeeded|Failed"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.relabelling import holders

_ALL = frozenset({".*", "(.*)", "^.*$", "^(.*)$"})
_ALWAYS = frozenset({"__address__", "__name__"})
"""Labels that every target or series has."""


@dataclass(frozen=True)
class DropsEverything(Fact, code="KM333", severity=Severity.WARNING):
    __doc__ = __doc__

    action: str
    regex: str

    def message(self) -> str:
        return f"this rule drops everything: `{self.action}` with the expression `{self.regex}`"

    def help(self) -> str:
        return (
            "write in `regex` what is to be kept" if self.action == "keep" else "write in `regex` what is to be dropped"
        )


@rule(DropsEverything)
def check(module: Module, report: Report) -> None:
    for owner, name in holders(module):
        for one in rules_of(owner, name):
            if one.regex is None or not one.all_sources:
                continue
            sources = {label for label, _ in one.sources}
            drops = one.action == "drop" and one.regex in _ALL
            keeps_none = one.action == "keep" and one.regex in ("", "^$") and bool(sources & _ALWAYS)
            if drops or keeps_none:
                report(DropsEverything(one.action or "", one.regex), one.block.head)
