"""The syntax tree of an Alloy file. Every node knows its span; every union is closed, so `match` can be exhaustive.

The grammar (Alloy's, `Body` at the top):

    File      = Body
    Body      = [ Statement { TERMINATOR Statement } ]
    Statement = Attribute | Block
    Attribute = ident "=" Expression
    Block     = ident { "." ident } [ string ] "{" Body "}"
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from compiler.diagnostics import Source, Span

__all__ = [
    "Access", "Array", "Attribute", "Binary", "Block", "Body", "Call", "Comment", "Expression", "Field", "File",
    "Identifier", "Index", "Literal", "Name", "Object", "Paren", "Statement", "Unary", "walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A word with its place: an attribute's name, one part of a block's name, a field's key."""

    text: str
    span: Span
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, bool or null. `raw` is the text as written; `value` the Python value:
    None, bool, int (also above int64: Alloy's uint64), float or str."""

    kind: str  # "null" | "bool" | "number" | "float" | "string"
    raw: str
    value: bool | int | float | str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Identifier:
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Array:
    elements: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Field:
    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Object:
    fields: tuple[Field, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Access:
    """`value.name`"""

    value: Expression
    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Index:
    """`value[index]`"""

    value: Expression
    index: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    value: Expression
    arguments: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression
    span: Span
    operator_span: Span


@dataclass(frozen=True, slots=True)
class Paren:
    inner: Expression
    span: Span


Expression = Literal | Identifier | Array | Object | Access | Index | Call | Unary | Binary | Paren


@dataclass(frozen=True, slots=True)
class Attribute:
    name: Name
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """`name` holds the parts between the dots; `label` is None when none was written."""

    name: tuple[Name, ...]
    label: Name | None
    body: Body
    span: Span
    open_brace: Span
    close_brace: Span

    @property
    def type(self) -> str:
        """The name with its dots, `loki.source.file`."""
        return ".".join(part.text for part in self.name)

    @property
    def id(self) -> str:
        """`type.label`, or the type alone for a block without a label."""
        return f"{self.type}.{self.label.text}" if self.label is not None and self.label.text else self.type

    @property
    def head(self) -> Span:
        """The span of the name and label, for messages about the block as a whole."""
        last = self.label.span if self.label is not None else self.name[-1].span
        return Span(self.span.source, self.name[0].span.start, last.end)


Statement = Attribute | Block


@dataclass(frozen=True, slots=True)
class Body:
    statements: tuple[Statement, ...]

    @property
    def attributes(self) -> Iterator[Attribute]:
        return (s for s in self.statements if isinstance(s, Attribute))

    @property
    def blocks(self) -> Iterator[Block]:
        return (s for s in self.statements if isinstance(s, Block))


@dataclass(frozen=True, slots=True)
class Comment:
    """`text` includes the `//` or the `/* */`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class File:
    """One parsed text. Comments are kept beside the tree; the printer puts them back by position."""

    source: Source
    body: Body
    comments: tuple[Comment, ...] = field(default=())


def walk(node: File | Body | Statement | Expression) -> Iterator[Statement | Expression]:
    """Every statement and expression at and under `node`, parents first, in source order."""
    match node:
        case File():
            yield from walk(node.body)
        case Body():
            for statement in node.statements:
                yield from walk(statement)
        case Attribute():
            yield node
            yield from walk(node.value)
        case Block():
            yield node
            yield from walk(node.body)
        case Literal() | Identifier():
            yield node
        case Array():
            yield node
            for element in node.elements:
                yield from walk(element)
        case Object():
            yield node
            for item in node.fields:
                yield from walk(item.value)
        case Access():
            yield node
            yield from walk(node.value)
        case Index():
            yield node
            yield from walk(node.value)
            yield from walk(node.index)
        case Call():
            yield node
            yield from walk(node.value)
            for argument in node.arguments:
                yield from walk(argument)
        case Unary():
            yield node
            yield from walk(node.value)
        case Binary():
            yield node
            yield from walk(node.left)
            yield from walk(node.right)
        case Paren():
            yield node
            yield from walk(node.inner)
