"""Where OTTL stands in a component."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.graph.read import blocks, nested, texts
from compiler.lint.module import Module
from compiler.syntax.tree import Expression

__all__ = ["conditions", "statements"]


def statements(module: Module) -> Iterator[tuple[str, Expression]]:
    """The statements of `otelcol.processor.transform` that are known."""
    for node in module.of_type("otelcol.processor.transform"):
        for block in blocks(node.block, "trace_statements", "metric_statements", "log_statements"):
            yield from texts(block, "statements")
        for block in blocks(node.block, "statements"):
            for name in ("trace", "metric", "log"):
                yield from texts(block, name)


def conditions(module: Module) -> Iterator[tuple[str, Expression]]:
    """The conditions of `otelcol.processor.transform`, of `otelcol.processor.filter`, of the policies of
    `otelcol.processor.tail_sampling` and of `otelcol.connector.count` that are known."""
    for node in module.of_type("otelcol.processor.transform"):
        for block in blocks(node.block, "trace_statements", "metric_statements", "log_statements"):
            yield from texts(block, "conditions")
    for node in module.of_type("otelcol.processor.filter"):
        for block in blocks(node.block, "traces", "metrics", "logs"):
            for name in ("span", "spanevent", "metric", "datapoint", "log_record"):
                yield from texts(block, name)
    for node in module.of_type("otelcol.processor.tail_sampling"):
        for block in nested(node.block.body):
            if block.type == "ottl_condition":
                for name in ("span", "spanevent"):
                    yield from texts(block, name)
    for node in module.of_type("otelcol.connector.count"):
        for block in nested(node.block.body):
            yield from texts(block, "conditions")
