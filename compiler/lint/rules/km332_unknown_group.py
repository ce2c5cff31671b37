r"""A replacement that names a group which the expression does not have.

*What it finds*: `$2` or `${name}` in `replacement` where `regex` has no such group; `$1x`, which is the group `1x`.

*Why it hurts*: it is replaced by nothing: the label gets a wrong value, or disappears.

*Example*:

```alloy rules
rule {
        source_labels = ["__address__"]
        regex         = "(.+):\\d+"
        replacement   = "$1_$2"
        target_label  = "host"
}
```

*Use instead*:

```alloy rules
rule {
        source_labels = ["__address__"]
        regex         = "(.+):(\\d+)"
        replacement   = "${1}_${2}"
        target_label  = "host"
}
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.regex import group_count, group_names
from compiler.lint.registry import Report, rule
from compiler.lint.relabelling import holders

_GROUP = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))", re.ASCII)


@dataclass(frozen=True)
class UnknownGroup(Fact, code="KM332", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str
    regex: str
    count: int

    def message(self) -> str:
        have = {0: "no group", 1: "one group"}.get(self.count, f"{self.count} groups")
        return f"`{self.regex}` has {have}, none is `{self.name}`: it is replaced by nothing"

    def help(self) -> str:
        digits = re.match(r"\d+", self.name)
        if digits and digits.group() != self.name:
            return f"write `${{{digits.group()}}}{self.name[digits.end() :]}`"
        return "put parentheses around what it stands for, or write `$$` for a dollar sign"


@rule(UnknownGroup)
def check(module: Module, report: Report) -> None:
    for owner, block in holders(module):
        for one in rules_of(owner, block):
            place = attribute(one.block, "replacement")
            if (
                place is None
                or one.replacement is None
                or one.regex is None
                or one.action not in ("replace", "labelmap")
            ):
                continue
            count, names = group_count(one.regex), group_names(one.regex)
            if count is None or names is None:
                continue
            for found in _GROUP.finditer(one.replacement):
                name = found[1] or found[2]
                if name and not (name.isdigit() and int(name) <= count) and name not in names:
                    report(UnknownGroup(name, one.regex, count), place.value.span)
