"""A relabel rule reads a label that nothing sets.

*What it finds*: a source label that neither the discovery in front of the rule, nor a target that is written out, nor an
earlier rule can set. Most often a slip of the pen in a `__meta_…` name.

*Why it hurts*: a missing label is the empty text: the target label is removed, `keep` drops everything, `drop` nothing.

*Example*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_nmae"]
        target_label  = "pod"
}
```

*Use instead*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_name"]
        target_label  = "pod"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, did_you_mean
from compiler.graph.model import Node
from compiler.graph.read import attribute
from compiler.lint.flow import ANYTHING, Names
from compiler.lint.flow.relabel import Rule, apply, rules_of
from compiler.lint.module import Module
from compiler.lint.regex import fullmatch
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class LabelNobodySets(Fact, code="KM334", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"nothing in front of this rule sets the label `{self.name}`"

    def help(self) -> str:
        near = did_you_mean(self.name, self.known)
        return f"did you mean `{near}`?" if near else "set it in an earlier rule, or remove it from `source_labels`"


@rule(LabelNobodySets)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("discovery.relabel", "loki.relabel"):
        labels = _in_front(node, module)
        for one in rules_of(node.block):
            for name, place in one.sources:
                if not labels.can(name) and not _sets_a_default(one):
                    report(LabelNobodySets(name, tuple(sorted(labels.known))), place.span)
            labels = apply(one, labels)


def _sets_a_default(rule: Rule) -> bool:
    """Whether it writes a constant where its labels are missing."""
    constant = bool(rule.replacement) and "$" not in (rule.replacement or "")
    return rule.action == "replace" and constant and fullmatch(rule.regex or "", "") is True


def _in_front(node: Node, module: Module) -> Names:
    # Rules that are borrowed by another component see labels of its own.
    if any(not use.path or use.path[0] == "rules" for use in module.uses[node.id]):
        return ANYTHING
    if node.type == "loki.relabel":
        return ANYTHING if module.flow.nothing_arrives(node.id) else module.flow.logs_into(node.id).labels
    found = attribute(node.block, "targets")
    return (
        ANYTHING if found is None or module.flow.empty(found.value) else module.flow.list_of_targets(found.value).labels
    )
