"""A label with a new value for each pod, request or process.

*What it finds*: a label of log lines or metrics that is made of a uid, a container's or a trace's id, a process id or the
like; a dimension of span metrics with a value for each request, such as `http.url`.

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

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span
from compiler.graph.model import Node
from compiler.graph.read import attribute, nested, text, texts, written
from compiler.lint.flow.relabel import rules_of
from compiler.lint.flow.stages import keys_of
from compiler.lint.module import Module
from compiler.lint.regex import fullmatch
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
_ATTRIBUTES = frozenset(
    {
        "trace_id", "span_id", "http.url", "url.full", "url.path", "url.query", "http.target", "db.statement", "db.query.text",
        "client.address", "client.port", "net.peer.port", "network.peer.port", "network.peer.address", "enduser.id", "user.id",
        "session.id", "thread.id", "process.pid", "messaging.message.id", "k8s.pod.uid", "container.id",
    }
)  # fmt: skip
_OF_A_TARGET = frozenset({"instance"})
"""A label that has a value for each target, whatever it is made of."""
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
    for node, name in relabelling(module):
        for one in rules_of(node.block, name):
            whole = one.regex in _WHOLE and one.replacement == "$1" and one.action == "replace"
            if not whole or not one.target or one.target.startswith("__") or one.target in _OF_A_TARGET:
                continue
            for label, _ in one.sources:
                if label in _SOURCES and len(one.sources) == 1 and not _removed(one.target, node, module):
                    report(UnboundedLabel(one.target, label), one.block.head)
    for node in module.of_type("loki.process"):
        fields = dict[str, str]()
        for stage in nested(node.block.body):
            fields |= _extracted(stage)
            if stage.type == "stage.labels" and text(stage, "source_type", "extracted") == "extracted":
                for key, source, span in keys_of(stage, "values"):
                    field = fields.get(source, source)
                    if field in _EXTRACTED and not _removed(key, node, module):
                        report(UnboundedLabel(key, field), span)
    for node in module.of_type("otelcol.connector.spanmetrics", "otelcol.connector.servicegraph"):
        for name, span in _dimensions(node):
            if name in _ATTRIBUTES:
                report(UnboundedLabel(name, name), span)


def _extracted(stage: Block) -> dict[str, str]:
    """The fields of a line by the keys under which a stage extracts them."""
    attributes = {"stage.json": "expressions", "stage.logfmt": "mapping"}
    if stage.type not in attributes:
        return {}
    return {key: source for key, source, _ in keys_of(stage, attributes[stage.type])}


def _dimensions(node: Node) -> Iterator[tuple[str, Span]]:
    """The attributes of spans that become labels, each with its place."""
    for name, expression in texts(node.block, "dimensions"):
        yield name, expression.span
    for one in nested(node.block.body):
        place, name_ = attribute(one, "name"), text(one, "name")
        if one.type.endswith("dimension") and place is not None and name_:
            yield name_, place.value.span


def _removed(label: str, node: Node, module: Module) -> bool:
    """Whether something here or behind moves a label away, drops it or does not keep it: it is of use on the way only."""
    here = module.graph.nodes
    behind = (node.id, *module.flow.behind(node.id))
    return _looked_up(label, node, module) or any(_removes(here[id].block, label) for id in behind)


def _looked_up(label: str, node: Node, module: Module) -> bool:
    """Whether targets serve only for telemetry to be enriched from, and the label is not among those that are copied."""
    users = [use.user for use in module.uses[node.id]]
    return bool(users) and all(user is not None and _leaves_out(user, label) for user in users)


def _leaves_out(user: Node, label: str) -> bool:
    copied = written(user.block, "labels_to_copy")
    return user.type.endswith(".enrich") and bool(copied) and not (isinstance(copied, list) and label in copied)


def _removes(owner: Block, label: str) -> bool:
    for stage in nested(owner.body):
        if stage.type == "stage.structured_metadata" and any(
            source == label for _, source, _ in keys_of(stage, "values")
        ):
            return True
        if stage.type in ("stage.label_drop", "stage.label_keep"):
            listed = written(stage, "values")
            # A list that is not known can be any.
            if not isinstance(listed, list) or (label in listed) is (stage.type == "stage.label_drop"):
                return True
    return any(
        one.action in ("labeldrop", "labelkeep") and fullmatch(one.regex or "", label) is (one.action == "labeldrop")
        for one in rules_of(owner)
    )
