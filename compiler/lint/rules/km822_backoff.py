"""Two durations of which the smaller one is the larger.

*What it finds*: a shortest time between two attempts or two reads that is above the longest one.

*Why it hurts*: `loki.write` waits a fixed time where it should back off, and refuses to start with such a write-ahead log.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url                = "http://loki:3100/loki/api/v1/push"
                min_backoff_period = "10m"
        }
}
```

*Use instead*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url                = "http://loki:3100/loki/api/v1/push"
                min_backoff_period = "10s"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, duration, nested
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_PAIRS = {
    ("loki.write", "endpoint"): ("min_backoff_period", "500ms", "max_backoff_period", "5m"),
    ("loki.write", "wal"): ("min_read_frequency", "250ms", "max_read_frequency", "1s"),
    ("prometheus.remote_write", "queue_config"): ("min_backoff", "30ms", "max_backoff", "5s"),
    ("pyroscope.write", "endpoint"): ("min_backoff_period", "500ms", "max_backoff_period", "5m"),
}


@dataclass(frozen=True)
class Backoff(Fact, code="KM822"):
    __doc__ = __doc__

    least: str
    low: str
    most: str
    high: str

    def message(self) -> str:
        return f"`{self.least}` ({self.low}) is above `{self.most}` ({self.high})"

    def help(self) -> str:
        return f"lower `{self.least}`, or raise `{self.most}`"


@rule(Backoff)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*{type_ for type_, _ in _PAIRS}):
        for inner in nested(node.block.body):
            pair = _PAIRS.get((node.type, inner.type))
            if pair is None:
                continue
            least, low_default, most, high_default = pair
            low, high = duration(inner, least, low_default), duration(inner, most, high_default)
            if low is not None and high is not None and low > high:
                place = attribute(inner, least) or attribute(inner, most)
                fact = Backoff(least, str(low), most, str(high))
                report(fact, place.value.span if place is not None else inner.head)
