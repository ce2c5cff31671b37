"""A label with a new value for each pod, request or process.

*What it finds*: a label of log lines or metrics that is made of a uid, a container's or a trace's id, a process id or the like.

*Why it hurts*: each value is a stream or a series of its own. Indexes grow without an end, and Loki refuses lines above its
limit of streams. Structured metadata holds such values without this cost.

*Example*:

```alloy rules
rule {
        source_labels = ["__meta_kubernetes_pod_uid"]
        target_label  = "uid"
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

from compiler.diagnostics import Fact, Severity
from compiler.lint.flow.relabel import rules_of
from compiler.lint.flow.stages import keys_of
from compiler.lint.module import Module
from compiler.lint.read import nested, text, written
from compiler.lint.registry import Report, rule
from compiler.lint.relabelling import relabelling
from compiler.syntax.tree import Block

_SOURCES = frozenset({"__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_id", "__meta_kubernetes_pod_ip"})
_EXTRACTED = frozenset(
    {
        "trace_id", "traceid", "traceID", "span_id", "spanid", "spanID", "request_id", "requestid", "requestID", "pid",
        "uid", "uuid", "session_id", "timestamp", "duration", "duration_ms", "latency", "elapsed",
    }
)  # fmt: skip
_WHOLE = frozenset({"(.*)", "(.+)", ".*", ".+"})


@dataclass(frozen=True)
class UnboundedLabel(Fact, code="KM431", severity=Severity.WARNING):
    __doc__ = __doc__

    label: str
    source: str

    def message(self) -> str:
        return f"the label `{self.label}` has a new value for each `{self.source}`"

    def help(self) -> str:
        return "leave it out; for logs, put it into structured metadata with `stage.structured_metadata`"


@rule(UnboundedLabel)
def check(module: Module, report: Report) -> None:
    dropped = _removed_later(module)
    for node, name in relabelling(module):
        for one in rules_of(node.block, name):
            whole = one.regex in _WHOLE and one.replacement == "$1" and one.action == "replace"
            if not whole or not one.target or one.target.startswith("__") or one.target in dropped:
                continue
            for label, _ in one.sources:
                if label in _SOURCES and len(one.sources) == 1:
                    report(UnboundedLabel(one.target, label), one.block.head)
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            if stage.type == "stage.labels" and text(stage, "source_type", "extracted") == "extracted":
                for key, source, span in keys_of(stage, "values"):
                    if source in _EXTRACTED and key not in dropped:
                        report(UnboundedLabel(key, source), span)


def _removed_later(module: Module) -> set[str]:
    """Labels that a stage moves away or drops, or that a rule drops: they are of use on the way only."""
    names: set[str] = set()
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            names |= _removed(stage)
    for node, name in relabelling(module):
        for one in rules_of(node.block, name):
            if one.action == "labeldrop" and one.regex is not None:
                names |= set(one.regex.strip("^$()").split("|"))
    return names


def _removed(stage: Block) -> set[str]:
    if stage.type == "stage.structured_metadata":
        return {source for _, source, _ in keys_of(stage, "values")}
    gone = written(stage, "values") if stage.type == "stage.label_drop" else None
    return {name for name in gone if isinstance(name, str)} if isinstance(gone, list) else set()
