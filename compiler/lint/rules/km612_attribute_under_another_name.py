"""A statement reads an attribute that was stored under another name.

*What it finds*: OTTL that reads the name of a label or an annotation of Kubernetes, where the
`otelcol.processor.k8sattributes` in front of it stores that label under a `tag_name` of its own.

*Why it hurts*: an attribute that is not there reads as `nil`: the statement does nothing, and nothing says so.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.k8sattributes.default.input]
        }
}

otelcol.processor.k8sattributes "default" {
        wait_for_metadata = true

        extract {
                label {
                        from     = "pod"
                        key      = "app.kubernetes.io/name"
                        tag_name = "app_name"
                }
        }

        output {
                traces = [otelcol.processor.transform.default.input]
        }
}

otelcol.processor.transform "default" {
        trace_statements {
                context    = "resource"
                statements = [`set(attributes["service.name"], attributes["app.kubernetes.io/name"])`]
        }

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
                traces = [otelcol.processor.k8sattributes.default.input]
        }
}

otelcol.processor.k8sattributes "default" {
        wait_for_metadata = true

        extract {
                label {
                        from     = "pod"
                        key      = "app.kubernetes.io/name"
                        tag_name = "app_name"
                }
        }

        output {
                traces = [otelcol.processor.transform.default.input]
        }
}

otelcol.processor.transform "default" {
        trace_statements {
                context    = "resource"
                statements = [`set(attributes["service.name"], attributes["app_name"])`]
        }

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

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity, Span
from compiler.graph.model import Node
from compiler.graph.read import attribute, blocks, text
from compiler.lint.module import Module
from compiler.lint.ottl_places import statements
from compiler.lint.registry import Report, rule

_ATTRIBUTE = re.compile(r'attributes\["((?:[^"\\]|\\.)*)"\]')
_WRITTEN = re.compile(r'\s*set\(\s*(?:resource\.)?attributes\["((?:[^"\\]|\\.)*)"\]')


@dataclass(frozen=True)
class AttributeUnderAnotherName(Fact, code="KM612", severity=Severity.WARNING):
    __doc__ = __doc__

    key: str
    tag: str

    def message(self) -> str:
        return f"nothing sets the attribute `{self.key}`: the label of this name is stored as `{self.tag}`"

    def help(self) -> str:
        return f'write `attributes["{self.tag}"]`'


@rule(AttributeUnderAnotherName)
def check(module: Module, report: Report) -> None:
    renamed = {
        key: (tag, span)
        for node in module.of_type("otelcol.processor.k8sattributes")
        for key, tag, span in _renamed(node)
    }
    tags = {tag for tag, _ in renamed.values()}
    found = list(statements(module))
    written = {match[1] for statement, _ in found if (match := _WRITTEN.match(statement))}
    for statement, place in found:
        for match in _ATTRIBUTE.finditer(statement):
            key = match[1]
            if key in renamed and key not in tags and key not in written:
                tag, span = renamed[key]
                report(AttributeUnderAnotherName(key, tag), place.span, Note("stored here", span))


def _renamed(node: Node) -> Iterator[tuple[str, str, Span]]:
    """Each label or annotation that is stored under another name: its name, the other one, and the place of that."""
    for extract in blocks(node.block, "extract"):
        for one in blocks(extract, "label", "annotation"):
            key, tag, place = text(one, "key"), text(one, "tag_name"), attribute(one, "tag_name")
            if key and tag and place is not None and "$" not in tag and key != tag:
                yield key, tag, place.value.span
