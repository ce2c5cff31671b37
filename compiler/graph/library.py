"""The content of imports: what is known of it before anything runs, and its graph of declares."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from compiler.diagnostics import Diagnostic, Severity, Source
from compiler.evaluate import EvaluationError, evaluate, stdlib
from compiler.evaluate import Scope as Values
from compiler.evaluate.types import OptionalSecret
from compiler.graph.model import Graph, Node
from compiler.graph.references import traversals
from compiler.syntax.tree import Block, Expression

__all__ = ["EMPTY", "Library", "constant_text", "folder_of", "read_module"]

EMPTY = Graph(nodes={}, edges=(), order=())


@dataclass(frozen=True, slots=True)
class Library:
    """What an import brings. `findings` are all those about its texts, by place of the declare that they stand in."""

    graph: Graph = EMPTY
    findings: tuple[Diagnostic, ...] = field(default=())

    def declare(self, name: str) -> Node | None:
        return self.graph.nodes.get(f"declare.{name}")

    @property
    def broken(self) -> list[Diagnostic]:
        """Errors that concern the whole content: nothing of it can be used."""
        blocks = [node.block for node in self.graph.nodes.values() if node.type == "declare"]
        return [found for found in self.findings if _error(found) and not any(_within(found, b) for b in blocks)]

    def errors_of(self, node: Node) -> list[Diagnostic]:
        """Errors in a declare, and in those that it uses."""
        seen = [node.id]
        for name in seen:
            seen += [r.target for r in self.graph.nodes[name].references if r.target not in seen]
        blocks = [self.graph.nodes[name].block for name in seen]
        return [found for found in self.findings if _error(found) and any(_within(found, b) for b in blocks)]


def _error(found: Diagnostic) -> bool:
    return found.severity is Severity.ERROR


def _within(found: Diagnostic, block: Block) -> bool:
    span = found.span
    return span is not None and span.source is block.span.source and block.span.start <= span.start < block.span.end


def read_module(path: str) -> list[Source]:
    """The text of a file, or of every `*.alloy` in a folder (not below it) in the order of names. Raises `OSError`,
    and `UnicodeDecodeError` for what is not UTF-8."""
    folder = Path(path)
    names = sorted(str(file) for file in folder.glob("*.alloy") if file.is_file()) if folder.is_dir() else [path]
    return [Source(os.path.normpath(name), Path(name).read_bytes().decode("utf-8")) for name in names]


def folder_of(path: str) -> str:
    """`module_path` inside of what is imported from `path`."""
    return path if Path(path).is_dir() else str(Path(path).parent)


def constant_text(expression: Expression, known: Mapping[str, str]) -> str | None:
    """The value when it depends on nothing but `known` variables and is a text; None otherwise."""
    for traversal in traversals(expression):
        name = ".".join(traversal.names)
        if name not in known and (not stdlib.is_standard(traversal.names[0]) or name in stdlib.ENVIRONMENT):
            return None
    try:
        value = evaluate(expression, Values(known))
    except EvaluationError:
        return None
    return value.text if isinstance(value, OptionalSecret) else value if isinstance(value, str) else None
