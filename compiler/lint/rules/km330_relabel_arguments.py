"""A relabel rule whose arguments do not go together.

*What it finds*: an action without the argument that it works with (`target_label`, `modulus`), arguments that the action
does not take, and a `target_label` with groups (`$1`) that cannot be a name.

*Why it hurts*: Alloy refuses to start with such a rule, and `alloy validate` does not say so.

*Example*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_namespace"]
        action        = "labeldrop"
        regex         = "tmp"
}
```

*Use instead*:

```alloy rules
rule {
        action = "labeldrop"
        regex  = "tmp"
}
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, written
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.relabelling import holders

_NEED_TARGET = frozenset({"replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"})
_TEMPLATE = re.compile(r"(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+", re.ASCII)
_ONLY = {
    "labeldrop": frozenset({"action", "regex"}),
    "labelkeep": frozenset({"action", "regex"}),
    "keepequal": frozenset({"action", "source_labels", "target_label"}),
    "dropequal": frozenset({"action", "source_labels", "target_label"}),
}


@dataclass(frozen=True)
class RelabelArguments(Fact, code="KM330"):
    __doc__ = __doc__

    action: str
    missing: str
    unwanted: str
    template: str = ""
    """A target label with groups in it that is no name."""

    def message(self) -> str:
        if self.template:
            return f"`{self.template}` is no name for a label: besides groups it takes letters, digits and `_`"
        if self.missing:
            return f"a rule with action `{self.action}` needs `{self.missing}`"
        return f"a rule with action `{self.action}` takes no `{self.unwanted}`"

    def help(self) -> str:
        if self.template:
            return f"write `{re.sub(r'[^A-Za-z0-9_${}]', '_', self.template)}`"
        return f"write `{self.missing} = …`" if self.missing else f"remove `{self.unwanted}`, or choose another action"


@rule(RelabelArguments)
def check(module: Module, report: Report) -> None:
    for owner, name in holders(module):
        for one in rules_of(owner, name):
            action = one.action
            if action is None:
                continue
            if action in _NEED_TARGET and one.target == "":
                report(RelabelArguments(action, "target_label", ""), one.block.head)
            if action == "replace" and one.target and "$" in one.target and not _TEMPLATE.fullmatch(one.target):
                place = attribute(one.block, "target_label")
                report(
                    RelabelArguments(action, "", "", one.target),
                    place.value.span if place is not None else one.block.head,
                )
            if action == "hashmod" and written(one.block, "modulus") in (None, 0):
                report(RelabelArguments(action, "modulus", ""), one.block.head)
            for found in one.block.body.attributes:
                if action in _ONLY and found.name.text not in _ONLY[action]:
                    report(RelabelArguments(action, "", found.name.text), found.name.span)
            replacement = attribute(one.block, "replacement")
            if action in ("lowercase", "uppercase") and replacement is not None:
                report(RelabelArguments(action, "", "replacement"), replacement.name.span)
