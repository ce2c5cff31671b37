"""A statement or condition of OTTL that cannot be read.

*What it finds*: mistakes in the statements of `otelcol.processor.transform` and in the conditions of `otelcol.processor.filter`.

*Why it hurts*: Alloy refuses to start with them, and `alloy validate` does not say so.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                logs = [otelcol.processor.filter.quiet.input]
        }
}

otelcol.processor.filter "quiet" {
        logs {
                log_record = [`severity_number <`]
        }

        output {
                logs = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "gateway:4317"
        }
}
```

*Use instead*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                logs = [otelcol.processor.filter.quiet.input]
        }
}

otelcol.processor.filter "quiet" {
        logs {
                log_record = [`severity_number < SEVERITY_NUMBER_INFO`]
        }

        output {
                logs = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "gateway:4317"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.lint.formats.ottl import OttlError, parse_condition, parse_statement
from compiler.lint.module import Module
from compiler.lint.ottl_places import conditions, statements
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class OttlSyntax(Fact, code="KM610"):
    __doc__ = __doc__

    problem: str
    column: int

    def message(self) -> str:
        return f"this is no OTTL, character {self.column}: {self.problem}"

    def help(self) -> str:
        return 'a statement is written as `set(attributes["a"], "b") where attributes["c"] == nil`'


@rule(OttlSyntax)
def check(module: Module, report: Report) -> None:
    for text, place in statements(module):
        try:
            parse_statement(text)
        except OttlError as error:
            report(OttlSyntax(str(error), error.column), place.span)
    for text, place in conditions(module):
        try:
            parse_condition(text)
        except OttlError as error:
            report(OttlSyntax(str(error), error.column), place.span)
