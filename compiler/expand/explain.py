"""Carries the origin of each line through the formatter.

Formatting moves lines, but changes no statement: the tree of the rendered text and the tree of the formatted text have
the same nodes in the same order, so each node takes the origin of its line along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from compiler.expand.template import RenderedLine
from compiler.syntax.tree import Array, Block, File, Object, walk

__all__ = ["carry_origins"]


def carry_origins(rendered: File, lines: Sequence[RenderedLine], formatted: File) -> list[RenderedLine]:
    """For each line of `formatted` the text with preset line and origin of the line of `rendered` it was made of."""
    source = formatted.source
    count = source.line_count - (1 if source.text.endswith("\n") else 0)
    found: list[RenderedLine | None] = [None] * count
    for before, after in zip_longest(_places(rendered), _places(formatted)):
        if before is None or after is None:
            raise AssertionError("formatting changed the tree")
        origin = lines[rendered.source.position(before)[0] - 1]
        at = source.position(after)[0] - 1
        if found[at] is None:
            found[at] = origin
    result = []
    last: RenderedLine | None = None
    for number, line in enumerate(found, start=1):
        text = source.line(number)
        last = line or last
        if not text.strip() or last is None:
            result.append(RenderedLine(text, "", None))
        else:
            result.append(RenderedLine(text, last.preset, last.origin))
    return result


def _places(file: File) -> Iterator[int]:
    """Offsets of everything that begins or ends a line: statements, expressions, closing brackets, comments."""
    for node in walk(file):
        yield node.span.start
        if isinstance(node, Block):
            yield node.close_brace.start
        elif isinstance(node, Array | Object):
            yield node.span.end - 1
    for comment in file.comments:
        yield comment.span.start
