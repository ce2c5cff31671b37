"""A time of zero where something has to be waited for.

*What it finds*: an interval, a timeout or a count of zero or less that a component does not take.

*Why it hurts*: Alloy refuses to start with it. Where zero would mean "never" or "at once", it says so in the reference;
here it does not.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.memory_limiter.default.input]
        }
}

otelcol.processor.memory_limiter "default" {
        check_interval = "0s"
        limit          = "400MiB"

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
                traces = [otelcol.processor.memory_limiter.default.input]
        }
}

otelcol.processor.memory_limiter "default" {
        check_interval = "1s"
        limit          = "400MiB"

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

from compiler.diagnostics import Fact
from compiler.evaluate import Duration
from compiler.graph.read import attribute, constant
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_PLACES = {
    "otelcol.processor.memory_limiter": ("check_interval",),
    "otelcol.processor.tail_sampling": ("decision_wait", "num_traces"),
    "remote.http": ("poll_frequency", "poll_timeout"),
    "remote.kubernetes.configmap": ("poll_frequency", "poll_timeout"),
    "remote.kubernetes.secret": ("poll_frequency", "poll_timeout"),
}


@dataclass(frozen=True)
class AboveZero(Fact, code="KM288"):
    __doc__ = __doc__

    name: str
    value: str

    def message(self) -> str:
        return f"`{self.name}` is {self.value}, and has to be above zero"

    def help(self) -> str:
        return f"raise `{self.name}`, or leave it out"


@rule(AboveZero)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_PLACES):
        for name in _PLACES[node.type]:
            found = attribute(node.block, name)
            value = constant(found.value) if found is not None else None
            if found is not None and _amount(value) <= 0:
                report(AboveZero(name, str(value)), found.value.span)


def _amount(value: object) -> float:
    """A number or seconds; above zero where it is not known."""
    if isinstance(value, str):
        try:
            return Duration.parse(value).seconds
        except ValueError:
            return 1
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 1
