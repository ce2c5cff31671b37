"""Walks the blocks of a graph beside their schemas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from compiler.catalog import BlockSchema, BodySchema
from compiler.check import errors
from compiler.check.values import check_value
from compiler.diagnostics import Diagnostic, Diagnostics, Severity, Span
from compiler.graph.library import Library
from compiler.graph.model import Graph, Node
from compiler.graph.modules import outside
from compiler.syntax.tree import Attribute, Block, Body

__all__ = ["check_graph", "check_library"]


def check_graph(graph: Graph, diagnostics: Diagnostics) -> None:
    """Report everything that the schemas do not allow, each at its own position.

    The insides of modules are checked too, used or not; what is wrong in an imported text is an error where something
    uses it and a warning elsewhere.
    """
    for node in graph.nodes.values():
        _body(outside(node.block), node.schema.body, node.type, node.block.span, graph, diagnostics)
        if node.inner is not None and not node.is_import:
            check_graph(node.inner, diagnostics)
    for node in graph.nodes.values():
        if node.is_import and node.inner is not None:
            diagnostics.extend(_weighed(node, check_library(Library(node.inner, node.findings)), graph))


def check_library(library: Library) -> Library:
    """The library with everything that is wrong in it among its findings."""
    found = Diagnostics(list(library.findings))
    check_graph(library.graph, found)
    return replace(library, findings=tuple(found))


def _weighed(node: Node, library: Library, graph: Graph) -> Iterator[Diagnostic]:
    names = {name for name in _used(graph, node.id) if library.declare(name) is not None}
    serious = [error for name in names for error in library.errors_of(library.graph.nodes[f"declare.{name}"])]
    for found in library.findings:
        yield found if found in serious else replace(found, severity=min(found.severity, Severity.WARNING))


def _used(graph: Graph, definer: str) -> Iterator[str]:
    """What is used of an import, here and in the modules inside."""
    for node in graph.nodes.values():
        if node.definer == definer:
            yield node.type.partition(".")[2]
        if node.inner is not None and not node.is_import:
            yield from _used(node.inner, definer)


def _body(body: Body, schema: BodySchema, owner: str, whole: Span, graph: Graph, diagnostics: Diagnostics) -> None:
    known = (*schema.attributes, *schema.blocks)
    seen: set[str] = set()
    counts = Counter(block.type for block in body.blocks)
    for statement in body.statements:
        match statement:
            case Attribute(name=name):
                if name.text in schema.blocks:
                    diagnostics.report(errors.BlockAsAttribute(name.text), statement.span)
                elif name.text not in schema.attributes:
                    diagnostics.report(errors.UnknownArgument("attribute", name.text, owner, known), statement.span)
                elif name.text in seen:
                    diagnostics.report(errors.DuplicateAttribute(name.text), statement.span)
                else:
                    check_value(statement.value, schema.attributes[name.text], graph, diagnostics)
                seen.add(name.text)
            case Block():
                block = schema.blocks.get(statement.type)
                if block is None:
                    if statement.type in schema.attributes:
                        diagnostics.report(errors.AttributeAsBlock(statement.type), statement.span)
                    else:
                        diagnostics.report(
                            errors.UnknownArgument("block", statement.type, owner, known), statement.span
                        )
                    seen.add(statement.type)
                    continue
                if counts[statement.type] > 1 and not block.repeated:
                    diagnostics.report(errors.DuplicateBlock(statement.type), statement.span)
                _label(statement, block, diagnostics)
                _body(statement.body, block.body, statement.type, statement.span, graph, diagnostics)
                seen.add(statement.type)
    for attribute in schema.attributes.values():
        if attribute.required and attribute.name not in seen:
            diagnostics.report(errors.MissingAttribute(attribute.name, attribute.type), whole)
    for block in schema.blocks.values():
        if block.required and block.name not in seen:
            diagnostics.report(errors.MissingBlock(block.name), whole)


def _label(statement: Block, schema: BlockSchema, diagnostics: Diagnostics) -> None:
    if statement.label is None and schema.label:
        diagnostics.report(errors.InnerLabelMissing(statement.type), statement.head)
    elif statement.label is not None and not schema.label:
        diagnostics.report(errors.InnerLabelNotAllowed(statement.type), statement.label.span)
