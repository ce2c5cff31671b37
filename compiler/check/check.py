"""Walks the blocks of a graph beside their schemas."""

from __future__ import annotations

from collections import Counter

from compiler.catalog import BlockSchema, BodySchema
from compiler.check import errors
from compiler.check.values import check_value
from compiler.diagnostics import Diagnostics, Span
from compiler.graph.model import Graph
from compiler.syntax.tree import Attribute, Block, Body

__all__ = ["check_graph"]


def check_graph(graph: Graph, diagnostics: Diagnostics) -> None:
    """Report everything that the schemas do not allow, each at its own position."""
    for node in graph.nodes.values():
        _body(node.block.body, node.schema.body, node.type, node.block.span, graph, diagnostics)


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
