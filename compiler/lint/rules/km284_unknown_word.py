"""A word that is none of those an argument knows.

*What it finds*: a text or the element of a list for which only certain words are allowed, and which is another one.

*Why it hurts*: it loads, because to the syntax it is any text; the component behind it does not start.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.resourcedetection.default.input]
        }
}

otelcol.processor.resourcedetection "default" {
        detectors = ["env", "kubernetes"]

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```

*Use instead*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.resourcedetection.default.input]
        }
}

otelcol.processor.resourcedetection "default" {
        detectors = ["env", "kubernetes_node"]

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from compiler.catalog import BodySchema
from compiler.diagnostics import Fact, Span, did_you_mean
from compiler.graph.read import attribute, text, texts
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block


class _Words(NamedTuple):
    """Of the attribute `name` in blocks of the type `block` (empty for the component itself)."""

    component: str
    block: str
    name: str
    words: tuple[str, ...]


_PROTOCOLS = (
    "PrometheusProto", "PrometheusText0.0.4", "PrometheusText1.0.0", "OpenMetricsText0.0.1", "OpenMetricsText1.0.0",
)  # fmt: skip
_POLICIES = (
    "always_sample", "latency", "numeric_attribute", "probabilistic", "status_code", "string_attribute", "rate_limiting",
    "bytes_limiting", "span_count", "boolean_attribute", "ottl_condition", "trace_state", "trace_flags", "and", "not",
    "drop", "composite",
)  # fmt: skip
_OBJECTS = ("pod", "namespace", "node", "deployment", "replicaset", "statefulset", "daemonset", "cronjob", "job")
_ACTIONS = ("insert", "update", "upsert", "delete", "hash", "extract", "convert")
_WORDS = (
    _Words("prometheus.scrape", "", "scheme", ("http", "https")),
    _Words("prometheus.scrape", "", "scrape_protocols", _PROTOCOLS),
    _Words("pyroscope.scrape", "", "scheme", ("http", "https")),
    _Words("loki.source.syslog", "listener", "protocol", ("tcp", "udp")),
    _Words("otelcol.connector.spanmetrics", "", "aggregation_temporality", ("CUMULATIVE", "DELTA")),
    _Words("otelcol.connector.spanmetrics", "histogram", "unit", ("ms", "s")),
    _Words("otelcol.exporter.", "sending_queue", "sizer", ("requests", "items", "bytes")),
    _Words("otelcol.exporter.", "batch", "sizer", ("items", "bytes")),
    _Words("otelcol.exporter.otlphttp", "", "encoding", ("proto", "json")),
    _Words("otelcol.processor.attributes", "action", "action", _ACTIONS),
    _Words("otelcol.processor.attributes", "include", "match_type", ("strict", "regexp")),
    _Words("otelcol.processor.attributes", "exclude", "match_type", ("strict", "regexp")),
    _Words("otelcol.processor.k8sattributes", "label", "from", _OBJECTS),
    _Words("otelcol.processor.k8sattributes", "annotation", "from", _OBJECTS),
    _Words("otelcol.processor.probabilistic_sampler", "", "attribute_source", ("traceID", "record")),
    _Words("otelcol.processor.probabilistic_sampler", "", "mode", ("", "hash_seed", "equalizing", "proportional")),
    _Words("otelcol.processor.resourcedetection", "system", "hostname_sources", ("dns", "os", "cname", "lookup")),
    _Words("otelcol.processor.tail_sampling", "policy", "type", _POLICIES),
    _Words("otelcol.processor.tail_sampling", "status_code", "status_codes", ("OK", "ERROR", "UNSET")),
    _Words("otelcol.receiver.filelog", "", "start_at", ("beginning", "end")),
)
_COMPONENTS = frozenset({one.component for one in _WORDS} | {"otelcol.processor.resourcedetection"})


@dataclass(frozen=True)
class UnknownWord(Fact, code="KM284"):
    __doc__ = __doc__

    word: str
    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.name}` does not know `{self.word}`"

    def help(self) -> str:
        near = did_you_mean(self.word, self.known)
        return f"did you mean `{near}`?" if near else "write " + ", ".join(f"`{word}`" for word in self.known if word)


@rule(UnknownWord)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_COMPONENTS):
        known = [one for one in _WORDS if node.type.startswith(one.component)]
        if node.type == "otelcol.processor.resourcedetection":
            known.append(_Words(node.type, "", "detectors", _detectors(node.schema.body)))
        _body(node.block, "", node.schema.body, known, report)


def _detectors(schema: BodySchema) -> tuple[str, ...]:
    """Each has a block of its own, `env` excepted."""
    return ("env", *(name for name in schema.blocks if name not in ("output", "debug_metrics")))


def _body(owner: Block, name: str, schema: BodySchema, known: Sequence[_Words], report: Report) -> None:
    for one in known:
        if one.block == name and one.name in schema.attributes:
            for word, span in _texts(owner, one.name):
                if word not in one.words:
                    report(UnknownWord(word, one.name, one.words), span)
    for inner in owner.body.blocks:
        if (below := schema.blocks.get(inner.type)) is not None:
            _body(inner, inner.type, below.body, known, report)


def _texts(owner: Block, name: str) -> Iterator[tuple[str, Span]]:
    """The text, or those of a list, as far as known."""
    place, one = attribute(owner, name), text(owner, name)
    if place is not None and one is not None:
        yield one, place.value.span
    for word, element in texts(owner, name):
        yield word, element.span
