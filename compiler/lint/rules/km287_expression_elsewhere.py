r"""A regular expression that is none, where the syntax takes any text.

*What it finds*: expressions of exporters (`device_exclude`), of OpenTelemetry components (`pattern`, `key_regex`, lists
with `match_type = "regexp"`) and inside of OTTL (`IsMatch`, `replace_pattern`) that are not RE2: look-around and
back-references do not exist there.

*Why it hurts*: the component does not start. Inside of OTTL it is the whole processor.

*Example*:

```alloy
prometheus.exporter.unix "host" {
        netdev {
                device_exclude = "^(?!eth).*"
        }
}

prometheus.scrape "host" {
        targets    = prometheus.exporter.unix.host.targets
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```

*Use instead*:

```alloy
prometheus.exporter.unix "host" {
        netdev {
                device_include = "^eth.*"
        }
}

prometheus.scrape "host" {
        targets    = prometheus.exporter.unix.host.targets
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.check.formats import regex_fault
from compiler.diagnostics import Fact, Span
from compiler.graph.read import nested, text, texts, written
from compiler.lint.module import Module
from compiler.lint.ottl_places import conditions, statements
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Block

_PLACES = {
    "prometheus.exporter.unix": re.compile(r"\w+_(?:exclude|include)"),
    "prometheus.exporter.windows": re.compile(r"(?:\w+_)?(?:exclude|include)"),
    "prometheus.exporter.kafka": re.compile(r"\w+_regex"),
    "otelcol.processor.attributes": re.compile(r"pattern"),
    "otelcol.processor.k8sattributes": re.compile(r"key_regex"),
    "otelcol.processor.redaction": re.compile(r"(?:blocked|ignored)_(?:key_patterns|values)|allowed_values"),
    "otelcol.receiver.filelog": re.compile(r"regex|(?:line_start_|line_end_)?pattern"),
    "otelcol.receiver.syslog": re.compile(r"line_(?:start|end)_pattern"),
    "otelcol.receiver.tcplog": re.compile(r"line_(?:start|end)_pattern"),
}
"""The attributes, of the component or of a block in it, whose texts are expressions."""
_BY_MATCH_TYPE = ("services", "span_names", "log_bodies", "log_severity_texts", "metric_names", "span_kinds")
_IN_OTTL = re.compile(
    r"\b(?:IsMatch|replace_pattern|replace_all_patterns|delete_matching_keys|keep_matching_keys)\("
    r'\s*[^()",]+(?:\["[^"]*"\])*\s*,(?:\s*"(?:key|value)"\s*,)?\s*"((?:[^"\\]|\\.)*)"'
)


@dataclass(frozen=True)
class ExpressionElsewhere(Fact, code="KM287"):
    __doc__ = __doc__

    pattern: str
    reason: str

    def message(self) -> str:
        return f"`{self.pattern}` is no valid RE2 expression: {self.reason}"

    def help(self) -> str:
        return "RE2 has no look-around and no back-references; a literal sign needs a backslash in front"


@rule(ExpressionElsewhere)
def check(module: Module, report: Report) -> None:
    for pattern, span in _expressions(module):
        if (reason := regex_fault(pattern)) is not None:
            report(ExpressionElsewhere(pattern, reason), span)


def _expressions(module: Module) -> Iterator[tuple[str, Span]]:
    for node in module.of_type(*_PLACES):
        for owner in (node.block, *nested(node.block.body)):
            for one in owner.body.attributes:
                if _PLACES[node.type].fullmatch(one.name.text):
                    yield from _texts(owner, one)
    for node in module.of_type("otelcol.processor.attributes", "otelcol.processor.tail_sampling"):
        for owner in nested(node.block.body):
            if text(owner, "match_type") == "regexp":
                yield from ((word, place.span) for name in _BY_MATCH_TYPE for word, place in texts(owner, name))
            if owner.type == "string_attribute" and written(owner, "enabled_regex_matching") is True:
                yield from ((word, place.span) for word, place in texts(owner, "values"))
    for statement, place in (*statements(module), *conditions(module)):
        for found in _IN_OTTL.finditer(statement):
            yield found[1].replace("\\\\", "\\").replace('\\"', '"'), place.span


def _texts(owner: Block, one: Attribute) -> Iterator[tuple[str, Span]]:
    alone = text(owner, one.name.text)
    if alone:
        yield alone, one.value.span
    yield from ((word, place.span) for word, place in texts(owner, one.name.text))
