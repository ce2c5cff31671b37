"""Which words of an expression refer to what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Span
from compiler.syntax.tree import (
    Access,
    Array,
    Binary,
    Call,
    Expression,
    Identifier,
    Index,
    Literal,
    Object,
    Paren,
    Unary,
)

__all__ = ["Traversal", "traversals", "words"]


@dataclass(frozen=True, slots=True)
class Traversal:
    """`a.b.c`, cut before an index or a call; `places` are those of the names."""

    names: tuple[str, ...]
    span: Span
    places: tuple[Span, ...]


def words(expression: Expression) -> tuple[str, ...] | None:
    """The names of `a.b.c`; None for anything else."""
    match expression:
        case Identifier(name=name):
            return (name,)
        case Access(value=value, name=name):
            before = words(value)
            return None if before is None else (*before, name.text)
        case _:
            return None


def _places(expression: Expression) -> tuple[Span, ...]:
    match expression:
        case Access(value=value, name=name):
            return (*_places(value), name.span)
        case _:
            return (expression.span,)


def traversals(expression: Expression) -> Iterator[Traversal]:
    """All of them in `expression`, in the order of the text."""
    if (names := words(expression)) is not None:
        yield Traversal(names, expression.span, _places(expression))
        return
    match expression:
        case Literal() | Identifier():
            return
        case Access(value=value) | Unary(value=value) | Paren(inner=value):
            yield from traversals(value)
        case Index(value=value, index=index):
            yield from traversals(value)
            yield from traversals(index)
        case Call(value=value, arguments=arguments):
            yield from traversals(value)
            for argument in arguments:
                yield from traversals(argument)
        case Array(elements=elements):
            for element in elements:
                yield from traversals(element)
        case Object(fields=fields):
            for field in fields:
                yield from traversals(field.value)
        case Binary(left=left, right=right):
            yield from traversals(left)
            yield from traversals(right)
