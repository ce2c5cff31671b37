"""From a decoded block to the component's `Arguments`, and from an argument's dotted path to its place in the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from compiler.catalog import BodySchema
from compiler.diagnostics import Span
from compiler.syntax.tree import Array, Attribute, Block, Body
from runtime.component import ComponentError

__all__ = ["locate", "overlap", "paths_of", "to_arguments"]

_AT = re.compile(r"^(?P<reason>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_SEGMENT = re.compile(r"(?P<name>[^.\[]+)(?:\[(?P<index>\d+|\.\.\.)\])?")


def to_arguments(decoded: Mapping[str, object], arguments: type[msgspec.Struct]) -> msgspec.Struct:
    """The struct for decoded values; secrets, durations, targets and receivers pass through as they are.

    Raises `ComponentError` with the attribute's path when a value does not fit the struct, as with an enum's unknown
    member.
    """
    try:
        return msgspec.convert(decoded, arguments, strict=True, dec_hook=_pass_through)
    except msgspec.ValidationError as error:
        match = _AT.match(str(error))
        assert match is not None
        raise ComponentError(match["reason"], match["path"] or None) from None


def _pass_through(wanted: type, value: Any) -> Any:
    if isinstance(value, wanted):
        return value
    raise TypeError(f"expected {getattr(wanted, 'capsule_type', wanted.__name__)}, got {_kind(value)}")


def _kind(value: object) -> str:
    return str(getattr(value, "capsule_type", type(value).__name__))


def locate(block: Block, path: str | None) -> Span:
    """Where `path` (`endpoint[1].url`) stands in `block`; the nearest enclosing thing that is written there."""
    if not path:
        return block.head
    segments = [(m["name"], int(m["index"]) if (m["index"] or "").isdigit() else None) for m in _SEGMENT.finditer(path)]
    return _locate(block.body, segments) or block.head


def paths_of(span: Span, body: Body, schema: BodySchema, prefix: str = "") -> Iterator[str]:
    """The path of each argument in `body` that `span` is a part of, blocks that may repeat with their number
    (`endpoint[1].url`)."""
    numbers: Counter[str] = Counter()
    for statement in body.statements:
        match statement:
            case Attribute():
                if overlap(span, statement.value.span):
                    yield f"{prefix}{statement.name.text}"
            case Block():
                block = schema.blocks.get(statement.type)
                if block is not None:
                    number = f"[{numbers[statement.type]}]" if block.repeated else ""
                    numbers[statement.type] += 1
                    yield from paths_of(span, statement.body, block.body, f"{prefix}{statement.type}{number}.")


def overlap(left: Span, right: Span) -> bool:
    return left.start < right.end and right.start < left.end


def _locate(body: Body, segments: list[tuple[str, int | None]]) -> Span | None:
    if not segments:
        return None
    name, index = segments[0]
    for attribute in body.attributes:
        if attribute.name.text == name:
            if index is not None and isinstance(attribute.value, Array) and index < len(attribute.value.elements):
                return attribute.value.elements[index].span
            return attribute.value.span
    # A block's own name may have dots, so the longest run of segments that names one is taken.
    for length in range(len(segments), 0, -1):
        wanted = ".".join(segment[0] for segment in segments[:length])
        found = [block for block in body.blocks if block.type == wanted]
        if found:
            chosen = found[min(segments[length - 1][1] or 0, len(found) - 1)]
            return _locate(chosen.body, segments[length:]) or chosen.head
    return None
