"""Comments `# kmon:ignore KM401 reason` in values files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from compiler.diagnostics import Diagnostics, Source, Span
from compiler.lint.ignore import Ignore, read_ignores
from compiler.values.load import load
from compiler.values.tree import Entry, MapNode, Node, ScalarNode, SequenceNode

__all__ = ["ignores_of"]

_COMMENT = re.compile(r"(?:(?<=\s)|(?<![\s\S]))#[^\n]*")


def ignores_of(source: Source, found: Diagnostics) -> Iterator[Ignore]:
    """The comments of one file; `found` gets those that are not as they have to be.

    One above a key speaks of its line, and of all of the value when that is no map; one above an item of a list of all of
    the item.
    """
    if "kmon:ignore" not in source.text:
        return iter(())
    # An item that is a map begins where its first key does: the comment speaks of the larger one.
    places = sorted(_places(load(source, Diagnostics())), key=lambda place: (place[0], -place[1]))
    texts = [(start, end) for start, end, is_text in places if is_text]
    comments = [
        Span(source, match.start(), match.end())
        for match in _COMMENT.finditer(source.text)
        if not any(start <= match.start() < end for start, end in texts)
    ]

    def below(comment: Span) -> tuple[int, int]:
        heads = ((start, end) for start, end, is_text in places if start >= comment.end and not is_text)
        return next(heads, (comment.end, comment.end))

    return read_ignores(comments, below, found)


def _places(node: Node) -> Iterator[tuple[int, int, bool]]:
    """What a comment can speak of, as its begin, its end, and whether a `#` in it is text."""
    match node:
        case MapNode(entries=entries):
            for entry in entries.values():
                yield (entry.key_span.start, entry.key_span.end, True)
                yield (entry.key_span.start, _end(entry), False)
                yield from _places(entry.node)
        case SequenceNode(items=items):
            for item in items:
                yield (item.span.start, item.span.end, False)
                yield from _places(item)
        case ScalarNode(span=span):
            yield (span.start, span.end, True)


def _end(entry: Entry) -> int:
    if not isinstance(entry.node, MapNode):
        return entry.node.span.end
    source = entry.key_span.source
    return source.offset(source.position(entry.key_span.start)[0] + 1)
