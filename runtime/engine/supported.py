"""Whether this runtime honours everything that a graph uses; asked before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from compiler.diagnostics import Diagnostics, Span
from compiler.graph.model import Graph, Node
from compiler.syntax.tree import Attribute, Block, Body
from runtime.engine.facts import BlockUnsupported, ComponentUnsupported, SyntaxUnsupported
from runtime.registry import Registration

__all__ = ["Find", "check_supported", "has_component"]

Find = Callable[[str], Registration | None]
"""The registration of a component or configuration block by name; None when this runtime lacks it."""


def has_component(node: Node) -> bool:
    """Whether a component stands behind the node, and not a module or a part of one."""
    return not node.definer and node.type not in ("argument", "declare", "export", "foreach")


def check_supported(graph: Graph, find: Find, diagnostics: Diagnostics) -> None:
    """Report every component, configuration block, argument and inner block that this runtime lacks, at its place.

    What is inside of a module is asked for when the module is to run: one that nothing uses may hold anything.
    """
    for node in filter(has_component, graph.nodes.values()):
        registration = find(node.type)
        if registration is None:
            fact = ComponentUnsupported(node.type) if node.schema.kind == "component" else BlockUnsupported(node.type)
            diagnostics.report(fact, node.block.head)
            continue
        for path, kind, span in _lacking(node.block.body, registration, ""):
            diagnostics.report(SyntaxUnsupported(node.type, path, kind), span)


def _lacking(body: Body, registration: Registration, prefix: str) -> Iterator[tuple[str, str, Span]]:
    for statement in body.statements:
        match statement:
            case Attribute():
                path = f"{prefix}{statement.name.text}"
                if not registration.honours(path):
                    yield path, "argument", statement.name.span
            case Block():
                path = f"{prefix}{statement.type}"
                if registration.honours(path):
                    yield from _lacking(statement.body, registration, f"{path}.")
                else:
                    yield path, "block", statement.head
