"""The tree of a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any

__all__ = [
    "Action", "Break", "Call", "Chain", "Command", "Constant", "Continue", "Dot", "Field", "If", "Node", "Operand", "Pipeline", "Range",
    "Text", "Variable", "With", "walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Dot:
    pass


@dataclass(frozen=True, slots=True)
class Constant:
    """A text, number, bool or nil that stands in the template."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """`.a.b`: keys below dot."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """`$x.a`: keys below a variable; `$` is the whole data."""

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """`(pipeline).a`: keys below a result."""

    operand: Operand
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function by name; its arguments stand behind it in the command."""

    name: str


@dataclass(frozen=True, slots=True)
class Command:
    """The first operand, and what it is applied to."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands, each given the result of the one before; `declares` are variables that the result is stored in, newly
    (`declare`) or over an old value."""

    commands: tuple[Command, ...]
    declares: tuple[str, ...] = ()
    declare: bool = True


Operand = Dot | Constant | Field | Variable | Chain | Call | Pipeline


@dataclass(frozen=True, slots=True)
class Action:
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class If:
    pipeline: Pipeline
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class With:
    pipeline: Pipeline
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Range:
    pipeline: Pipeline
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Break:
    pass


@dataclass(frozen=True, slots=True)
class Continue:
    pass


Node = Text | Action | If | With | Range | Break | Continue


def walk(node: Any) -> Iterator[Any]:
    """The node and everything below it."""
    if isinstance(node, tuple):
        for one in node:
            yield from walk(one)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from walk(attrgetter(field.name)(node))
