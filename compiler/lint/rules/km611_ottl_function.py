"""A statement of OTTL calls a function that does not exist.

*What it finds*: the name of an editor that differs from a known one by a slip of the pen. A name that resembles none is taken for
one that is newer than this list.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                logs = [otelcol.processor.transform.name.input]
        }
}

otelcol.processor.transform "name" {
        log_statements {
                context    = "log"
                statements = [`delete_keys(attributes, "password")`]
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
                logs = [otelcol.processor.transform.name.input]
        }
}

otelcol.processor.transform "name" {
        log_statements {
                context    = "log"
                statements = [`delete_key(attributes, "password")`]
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

import difflib
from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.lint.formats.ottl import EDITORS, OttlError, parse_statement
from compiler.lint.module import Module
from compiler.lint.ottl_places import statements
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class OttlFunction(Fact, code="KM611"):
    __doc__ = __doc__

    name: str
    near: str

    def message(self) -> str:
        return f"OTTL has no function `{self.name}`"

    def help(self) -> str:
        return f"did you mean `{self.near}`?"


@rule(OttlFunction)
def check(module: Module, report: Report) -> None:
    for text, place in statements(module):
        try:
            name, _ = parse_statement(text)
        except OttlError:
            continue
        near = difflib.get_close_matches(name, EDITORS, n=1, cutoff=0.85) if name not in EDITORS else []
        if near:
            report(OttlFunction(name, near[0]), place.span)
