"""A label whose name only some backends take.

*What it finds*: the target of a relabel rule, a label of a stage, of a target with a log file, or an external label with
characters other than letters, digits and `_`, or with a digit in front.

*Why it hurts*: Loki refuses the stream, so that its lines are lost; `prometheus.relabel` passes over the rule; where it
arrives, queries have to put it into quotes.

*Example*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_name"]
        target_label  = "pod-name"
}
```

*Use instead*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_name"]
        target_label  = "pod_name"
}
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span
from compiler.graph.read import attribute, nested
from compiler.lint.flow.relabel import rules_of
from compiler.lint.flow.stages import keys_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.lint.relabelling import holders
from compiler.syntax.tree import Array, Object

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEMPLATE = re.compile(r"(?:[A-Za-z_]|\$\{\w+\}|\$\w+)(?:\w|\$\{\w+\}|\$\w+)*", re.ASCII)


@dataclass(frozen=True)
class LabelName(Fact, code="KM331", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str

    def message(self) -> str:
        return f"`{self.name}` is a name of a label that only some backends take"

    def help(self) -> str:
        return f"write `{re.sub(r'^(?=[0-9])', '_', re.sub(r'[^A-Za-z0-9_]', '_', self.name)) or '_'}`"


@rule(LabelName)
def check(module: Module, report: Report) -> None:
    for owner, name in holders(module):
        for one in rules_of(owner, name):
            place = attribute(one.block, "target_label")
            if one.sets and one.target and place is not None:
                wanted = _TEMPLATE if one.action == "replace" else _NAME
                _look(one.target, place.value.span, report, wanted)
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            if stage.type in ("stage.labels", "stage.static_labels"):
                for key, _, span in keys_of(stage, "values"):
                    _look(key, span, report)
    for node in module.of_type("loki.write", "prometheus.remote_write", "loki.source.api"):
        for name in ("external_labels", "labels"):
            found = attribute(node.block, name)
            if found is not None and isinstance(found.value, Object):
                for field in found.value.fields:
                    _look(field.name.text, field.name.span, report)
    for node in module.of_type("loki.source.file", "loki.source.docker", "local.file_match"):
        found = attribute(node.block, "path_targets" if node.type == "local.file_match" else "targets")
        for target in found.value.elements if found is not None and isinstance(found.value, Array) else ():
            for field in target.fields if isinstance(target, Object) else ():
                _look(field.name.text, field.name.span, report)


def _look(name: str, span: Span, report: Report, wanted: re.Pattern[str] = _NAME) -> None:
    if not wanted.fullmatch(name):
        report(LabelName(name), span)
