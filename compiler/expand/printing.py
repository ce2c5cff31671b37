"""What templates may print: Alloy literals, expressions and lines, each with the values key that put it there.

A printed text carries invisible marks (U+0000 and a number) by which the rendered lines find their origin again;
`compiler.expand.template` takes them out. U+0000 can stand in no YAML file and in no Alloy text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.evaluate.numbers import format_number
from compiler.syntax import quote
from compiler.values.document import Origin, Setting

__all__ = [
    "Code",
    "Line",
    "Lines",
    "Printer",
    "Raw",
    "field_name",
    "lines_of",
    "literal",
    "object_lines",
    "raw",
    "rule",
    "scalar_text",
]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONG = 110
_KEYWORDS = frozenset({"true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Code:
    """An Alloy expression, printed as it is."""

    text: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of Alloy text; none at all prints nothing, and the template's line disappears."""

    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """A checked name inside a comment or a reference."""

    text: str


def literal(value: object) -> str:
    """`value` as an Alloy literal. Raises `TypeError` for what has none; null too: absent arguments are left out."""
    match value:
        case bool() | int() | float():
            return scalar_text(value)
        case str():
            return quote(value)
        case Code():
            return value.text
        case Setting():
            return literal(value.value)
        case list() | tuple():
            return f"[{', '.join(literal(item) for item in value)}]"
        case Mapping():
            fields = ", ".join(f"{field_name(str(key))} = {literal(item)}" for key, item in value.items())
            return f"{{ {fields} }}" if fields else "{}"
        case _:
            raise TypeError(f"no Alloy literal for {type(value).__name__}")


def scalar_text(value: object) -> str:
    """`value` as Alloy prints it when it makes a text of it: `true`, `1000`, `1.5`."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return format_number(value)
        case _:
            return str(value)


def field_name(name: str) -> str:
    """The name of an object's field, quoted only where it must be."""
    return name if _IDENTIFIER.fullmatch(name) and name not in _KEYWORDS else quote(name)


def lines_of(text: str, origin: Origin | None = None) -> tuple[Line, ...]:
    return tuple(Line(line, origin) for line in text.splitlines())


def object_lines(head: str, fields: Mapping[str, object], origin: Origin | None = None) -> Lines:
    """`head{ name = value, … }`, one field a line."""
    rows = []
    for name, value in fields.items():
        own = value.origin if isinstance(value, Setting | Code) else None
        rows.append(Line(f"{field_name(name)} = {literal(value)},", own or origin))
    return Lines((Line(f"{head}{{", origin), *rows, Line("}", origin)))


class Printer:
    """Jinja's `finalize`: turns what a template prints into marked text, and remembers the origins."""

    def __init__(self) -> None:
        self.origins: list[Origin] = []

    def __call__(self, value: object) -> str:
        match value:
            case Lines(lines=()):
                return "\0E;"
            case Lines(lines=lines):
                return "\n".join(self._mark(line.origin) + line.text for line in lines)
            case Setting() | Code():
                return self._mark(value.origin) + literal(value)
            case Raw():
                return value.text
            case _:
                return literal(value)

    def _mark(self, origin: Origin | None) -> str:
        if origin is None:
            return ""
        self.origins.append(origin)
        return f"\0O{len(self.origins) - 1};"


def raw(name: str) -> Raw:
    """Raises `ValueError` unless `name` is a plain name."""
    if not re.fullmatch(r"[A-Za-z0-9_ -]+", name):
        raise ValueError(f"{name!r} is no plain name")
    return Raw(name)


def rule(origin: Origin | None, comment: str = "", /, **arguments: Iterable[str] | str) -> tuple[Line, ...]:
    """One relabel rule."""
    rows = [Line(f"// {comment}", origin)] if comment else []
    rows.append(Line("rule {", origin))
    for name, value in arguments.items():
        rows += _argument(name, value, origin)
    return (*rows, Line("}", origin))


def _argument(name: str, value: Iterable[str] | str, origin: Origin | None) -> Iterator[Line]:
    """`name = value`; a list that would make a long line has one element a line."""
    text = f"{name} = {literal(value)}"
    if isinstance(value, str) or len(text) <= _LONG:
        yield Line(text, origin)
        return
    yield Line(f"{name} = [", origin)
    for item in value:
        yield Line(f"{literal(item)},", origin)
    yield Line("]", origin)
