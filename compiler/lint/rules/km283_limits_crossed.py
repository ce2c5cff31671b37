"""A lower limit that is above the upper one.

*What it finds*: two numbers or durations of one block of which one limits the other: the size of a batch and its maximum,
the fewest and the most shards, the first and the longest wait.

*Why it hurts*: Alloy refuses to start with most of these; with the others one of the two is silently not what was asked
for. The defaults count: a `send_batch_size` of 5000 is above the default maximum of 3000.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.batch.default.input]
        }
}

otelcol.processor.batch "default" {
        send_batch_size = 5000

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
                traces = [otelcol.processor.batch.default.input]
        }
}

otelcol.processor.batch "default" {
        send_batch_size     = 5000
        send_batch_max_size = 5000

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

from dataclasses import dataclass
from typing import Any, NamedTuple

from compiler.catalog import MISSING, BodySchema
from compiler.diagnostics import Fact, Severity
from compiler.evaluate import Duration
from compiler.evaluate.types import ByteSize
from compiler.graph.read import UNKNOWN, attribute, constant, written
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block


class _Pair(NamedTuple):
    component: str
    """Its name, or how it begins."""
    block: str
    """The type of the block inside; empty for the component itself."""
    low: str
    high: str
    refused: bool = True
    """Whether Alloy refuses to start with it."""


_PAIRS = (
    _Pair("otelcol.processor.batch", "", "send_batch_size", "send_batch_max_size"),
    _Pair("otelcol.processor.memory_limiter", "", "spike_limit", "limit"),
    _Pair("otelcol.processor.memory_limiter", "", "spike_limit_percentage", "limit_percentage"),
    _Pair("otelcol.processor.tail_sampling", "latency", "threshold_ms", "upper_threshold_ms"),
    _Pair("otelcol.processor.tail_sampling", "span_count", "min_spans", "max_spans"),
    _Pair("otelcol.processor.tail_sampling", "numeric_attribute", "min_value", "max_value"),
    _Pair("otelcol.exporter.", "batch", "min_size", "max_size"),
    _Pair("otelcol.exporter.", "retry_on_failure", "initial_interval", "max_interval", False),
    _Pair("otelcol.exporter.", "retry_on_failure", "max_interval", "max_elapsed_time"),
    _Pair("prometheus.remote_write", "queue_config", "min_shards", "max_shards", False),
    _Pair("prometheus.remote_write", "wal", "min_keepalive_time", "max_keepalive_time"),
    _Pair("loki.source.file", "file_watch", "min_poll_frequency", "max_poll_frequency", False),
)
_COMPONENTS = frozenset(pair.component for pair in _PAIRS)


@dataclass(frozen=True)
class LimitsCrossed(Fact, code="KM283"):
    __doc__ = __doc__

    low: str
    least: str
    high: str
    most: str

    def message(self) -> str:
        return f"`{self.low}` ({self.least}) is above `{self.high}` ({self.most})"

    def help(self) -> str:
        return f"lower `{self.low}`, or raise `{self.high}`"


@rule(LimitsCrossed)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_COMPONENTS):
        pairs = [pair for pair in _PAIRS if node.type.startswith(pair.component)]
        _body(node.block, "", node.schema.body, pairs, report)


def _body(owner: Block, name: str, schema: BodySchema, pairs: list[_Pair], report: Report) -> None:
    # What is off is not looked at by Alloy either.
    for pair in pairs if written(owner, "enabled") is not False else ():
        if pair.block == name and pair.low in schema.attributes:
            _compare(owner, schema, pair, report)
    for inner in owner.body.blocks:
        if (known := schema.blocks.get(inner.type)) is not None:
            _body(inner, inner.type, known.body, pairs, report)


def _compare(owner: Block, schema: BodySchema, pair: _Pair, report: Report) -> None:
    low, high = _value(owner, schema, pair.low), _value(owner, schema, pair.high)
    # An upper limit of 0 stands for none.
    if low is None or not high or low <= high:
        return
    place = attribute(owner, pair.low) or attribute(owner, pair.high)
    fact = LimitsCrossed(pair.low, _shown(owner, schema, pair.low), pair.high, _shown(owner, schema, pair.high))
    severity = None if pair.refused else Severity.WARNING
    report(fact, place.value.span if place is not None else owner.head, severity=severity)


def _given(owner: Block, schema: BodySchema, name: str) -> Any:
    found = attribute(owner, name)
    default = schema.attributes[name].default
    return constant(found.value) if found is not None else UNKNOWN if default is MISSING else default


def _value(owner: Block, schema: BodySchema, name: str) -> float | None:
    """A number, seconds or bytes; None for what is not known."""
    value = _given(owner, schema, name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        return None
    try:
        kind = schema.attributes[name].type
        return float(ByteSize.parse(value)) if kind == "bytesize" else Duration.parse(value).seconds
    except ValueError:
        return None


def _shown(owner: Block, schema: BodySchema, name: str) -> str:
    return str(_given(owner, schema, name))
