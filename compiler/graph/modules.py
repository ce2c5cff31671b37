"""Blocks that make modules: which they are, where they may stand, and the schema of what a `declare` defines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from compiler.catalog import AttributeSchema, BodySchema, ComponentSchema
from compiler.evaluate import EvaluationError, Scope, evaluate
from compiler.graph.model import Graph, Node
from compiler.graph.references import words
from compiler.syntax.tree import Attribute, Block, Body, Statement

__all__ = ["Place", "allowed_at", "attribute", "custom_schema", "open_schema", "outside", "refined", "template"]

MODULE_BLOCKS: Final = frozenset({"argument", "declare", "export", "foreach"})


class Place(Enum):
    """Whose body it is: a configuration's, a `declare`'s, a `foreach` template's, or an imported text's."""

    FILE = "file"
    DECLARE = "module"
    TEMPLATE = "template"
    LIBRARY = "library"


def is_module_block(name: str) -> bool:
    return name in MODULE_BLOCKS or name.startswith("import.")


def allowed_at(place: Place, name: str, schema: ComponentSchema | None) -> bool:
    """Whether a block of this name may stand there."""
    if name.startswith("import.") or name == "declare":
        return True
    match place:
        case Place.LIBRARY:
            return False
        case Place.FILE:
            return name not in ("argument", "export")
        case Place.DECLARE:
            return is_module_block(name) or schema is None or schema.kind == "component"
        case Place.TEMPLATE:
            return name not in ("argument", "export") and (
                name == "foreach" or schema is None or schema.kind == "component"
            )


def outside(block: Block) -> Body:
    """What of a block belongs to the scope that it stands in: the body of a `declare` and the template of a `foreach`
    are scopes of their own."""
    match block.type:
        case "declare":
            return Body(())
        case "foreach":
            return Body(tuple(_without_body(s) if _is_template(s) else s for s in block.body.statements))
        case _:
            return block.body


def template(block: Block) -> tuple[Statement, ...]:
    return tuple(s for t in block.body.blocks if _is_template(t) for s in t.body.statements)


def _is_template(statement: Statement) -> bool:
    return isinstance(statement, Block) and statement.type == "template"


def _without_body(statement: Statement) -> Statement:
    return replace(statement, body=Body(())) if isinstance(statement, Block) else statement


def attribute(block: Block, name: str) -> Attribute | None:
    return next((a for a in block.body.attributes if a.name.text == name), None)


def refined(schema: ComponentSchema) -> ComponentSchema:
    """The catalog's schema, with what only the module system knows: an argument has a value, and a `foreach` is a
    component to those who look at the process."""
    match schema.name:
        case "argument":
            return replace(schema, exports={"value": "any"})
        case "foreach":
            return replace(schema, kind="component")
        case _:
            return schema


def custom_schema(name: str, graph: Graph) -> ComponentSchema:
    """The schema of a component that a declare's body defines."""
    attributes = {n.label: _argument(n) for n in graph.nodes.values() if n.type == "argument"}
    exports = {n.label: _type(n, graph) for n in graph.nodes.values() if n.type == "export"}
    return _schema(name, attributes, exports)


def open_schema(block: Block) -> ComponentSchema:
    """The schema of a component whose definition is not known yet: it takes what is written."""
    attributes = {a.name.text: AttributeSchema(a.name.text, "any") for a in block.body.attributes}
    return replace(_schema(block.type, attributes, {}), open=True)


def _schema(name: str, attributes: Mapping[str, AttributeSchema], exports: Mapping[str, str]) -> ComponentSchema:
    return ComponentSchema(
        name, "component", "generally-available", False, "required", BodySchema(attributes), exports=exports
    )


def _argument(node: Node) -> AttributeSchema:
    return AttributeSchema(node.label, "any", required=not _is_true(attribute(node.block, "optional")))


def _is_true(optional: Attribute | None) -> bool:
    """What is no constant counts as true: whether the argument is missing then shows when it runs."""
    if optional is None:
        return False
    try:
        return evaluate(optional.value, Scope()) is not False
    except EvaluationError:
        return True


def _type(node: Node, graph: Graph) -> str:
    """The type of an export that is nothing but the export of a component inside."""
    value = attribute(node.block, "value")
    names = words(value.value) if value is not None else None
    for reference in node.references if names else ():
        if len(reference.path) == 1 and names == (*reference.target.split("."), *reference.path):
            return graph.nodes[reference.target].schema.exports.get(reference.path[0], "any")
    return "any"
