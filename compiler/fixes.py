"""What the fixes of facts are made of: edits, and words that are surely meant to be another one.

`did_you_mean` guesses, for a person to read. What stands here is certain enough to be written without one.
"""

from __future__ import annotations

from collections.abc import Iterable

from compiler.diagnostics import Edit, Span

__all__ = ["removed", "replaced", "respelled", "slip_of"]

_SHORTEST = 4
"""Of shorter words too many are one letter apart."""


def slip_of(word: str, known: Iterable[str]) -> str | None:
    """The known word of which `word` has a letter too many, one too few, two neighbours swapped, or another one in the
    midst of a longer run of letters; None when there is none or more than one.

    Digits and signs are no slips: `logs_1` is not `logs_2`, nor is `prod_a` `prod_b`.
    """
    near = {other for other in known if _differ_by_a_slip(word, other)}
    return near.pop() if len(near) == 1 else None


def respelled(span: Span, word: str, right: str | None) -> tuple[Edit, ...]:
    """`right` in the place of `word`, which `span` begins with; nothing when it does not, or when nothing is right."""
    if right is None or not span.text.startswith(word):
        return ()
    return (Edit(Span(span.source, span.start, span.start + len(word)), right),)


def replaced(span: Span, text: str) -> tuple[Edit, ...]:
    return (Edit(span, text),)


def removed(span: Span) -> tuple[Edit, ...]:
    """The span away, with the blanks before it, and with its line when nothing else stands there."""
    text = span.source.text
    start, end = span.start, span.end
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    rest = text[end:].partition("\n")[0]
    if (start == 0 or text[start - 1] == "\n") and not rest.strip():
        end = min(end + len(rest) + 1, len(text))
    return (Edit(Span(span.source, start, end), ""),)


def _differ_by_a_slip(word: str, other: str) -> bool:
    if min(len(word), len(other)) < _SHORTEST or word == other:
        return False
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(word), len(other)) - start and word[-1 - end] == other[-1 - end]:
        end += 1
    mine, theirs = word[start : len(word) - end], other[start : len(other) - end]
    if not (mine + theirs).isalpha():
        return False
    match len(mine), len(theirs):
        case (0, 1) | (1, 0):
            return True
        case 2, 2:
            return mine == theirs[::-1]
        case 1, 1:
            return _run(other, start) >= _SHORTEST
        case _:
            return False


def _run(word: str, at: int) -> int:
    """The letters around a place, without a break."""
    begin = end = at
    while begin > 0 and word[begin - 1].isalpha():
        begin -= 1
    while end < len(word) and word[end].isalpha():
        end += 1
    return end - begin
