"""What stands in a block, as far as it is known before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.evaluate import Duration, EvaluationError, Scope, evaluate, stdlib
from compiler.graph.references import traversals
from compiler.syntax.tree import Array, Attribute, Block, Body, Expression, Literal, Object, Paren

__all__ = ["UNKNOWN", "attribute", "block", "blocks", "constant", "duration", "nested", "text", "texts", "written"]


class _Unknown:
    """A value that only running shows."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Any = _Unknown()
_NOTHING = Scope()
_OF_THE_MACHINE = frozenset({"sys.env", "env", "constants.hostname", "constants.os", "constants.arch"})


def constant(expression: Expression) -> Any:
    """The value with `UNKNOWN` for each part that is not the same everywhere; arrays and objects keep what is known."""
    match expression:
        case Literal(value=value):
            return value
        case Paren(inner=inner):
            return constant(inner)
        case Array(elements=elements):
            return [constant(element) for element in elements]
        case Object(fields=fields):
            return {field.name.text: constant(field.value) for field in fields}
        case _:
            return _computed(expression)


def _computed(expression: Expression) -> Any:
    for traversal in traversals(expression):
        if not stdlib.is_standard(traversal.names[0]) or ".".join(traversal.names) in _OF_THE_MACHINE:
            return UNKNOWN
    try:
        return evaluate(expression, _NOTHING)
    except EvaluationError:
        return UNKNOWN


def attribute(owner: Block, name: str) -> Attribute | None:
    return next((one for one in owner.body.attributes if one.name.text == name), None)


def block(owner: Block, name: str) -> Block | None:
    return next(blocks(owner, name), None)


def blocks(owner: Block, *names: str) -> Iterator[Block]:
    return (one for one in owner.body.blocks if one.type in names)


def nested(body: Body) -> Iterator[Block]:
    """Every block inside, at any depth, in the order of the text."""
    for inner in body.blocks:
        yield inner
        yield from nested(inner.body)


def written(owner: Block, name: str) -> Any:
    """The constant value of an attribute; None where it is not written, `UNKNOWN` where only running shows it."""
    found = attribute(owner, name)
    return None if found is None else constant(found.value)


def text(owner: Block, name: str, default: str | None = None) -> str | None:
    """A text that is known; `default` where the attribute is not written, None where it is unknown."""
    found = attribute(owner, name)
    if found is None:
        return default
    value = constant(found.value)
    return value if isinstance(value, str) else None


def texts(owner: Block, name: str) -> list[tuple[str, Expression]]:
    """The texts of a list that are known, each with its place."""
    found = attribute(owner, name)
    expression = found.value if found is not None else None
    while isinstance(expression, Paren):
        expression = expression.inner
    if not isinstance(expression, Array):
        return []
    return [(value, one) for one in expression.elements if isinstance(value := constant(one), str)]


def duration(owner: Block, name: str, default: str) -> Duration | None:
    """A duration that is known; None where it is not."""
    value = text(owner, name, default)
    try:
        return None if value is None else Duration.parse(value)
    except ValueError:
        return None
