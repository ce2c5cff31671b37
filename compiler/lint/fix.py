"""Applies the fixes of findings. What a fix promises is looked at again before it counts: the text still parses, the
finding is gone, and nothing else became wrong with what is written there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from compiler.diagnostics import Diagnostic, Diagnostics, Edit, Severity, Source
from compiler.lint.engine import lint
from compiler.lint.place import Place
from compiler.syntax import parse

__all__ = ["fixable", "fixed"]

_ROUNDS = 10
"""A fix can lay another mistake open, which can have one too."""
_READING = "KM2"
"""The family of what is wrong with the text itself. Other rules see less, or something else, while one of these is there:
what they find is mended after these."""


def fixable(found: Iterable[Diagnostic], sources: Sequence[Source]) -> list[Diagnostic]:
    """The findings that have a fix, all of it in these sources, by position; of two that touch, the first."""
    taken: list[Edit] = []
    chosen: list[Diagnostic] = []
    for one in sorted(found, key=lambda one: one.sort_key):
        inside = all(any(edit.span.source is source for source in sources) for edit in one.fix)
        if one.fix and inside and not any(_touch(edit, other) for edit in one.fix for other in taken):
            taken += one.fix
            chosen.append(one)
    return chosen


def fixed(
    sources: Sequence[Source], place: Place, wanted: Callable[[Iterable[Diagnostic]], Iterable[Diagnostic]]
) -> tuple[list[Source], list[Diagnostic]]:
    """The sources of one configuration, mended, and what was mended in them, at the places where it was found.

    `wanted` chooses among all findings. A second run of this over its result changes nothing.
    """
    mended: list[Diagnostic] = []
    current = list(sources)
    for _ in range(_ROUNDS):
        found = _look(current, place)
        if found is None:
            break
        misread = [one for one in found if _is_misread(one)]
        chosen = [one for one in wanted(found) if not misread or _is_misread(one)]
        held = _Trial(current, place, found).largest(fixable(chosen, current), [])
        if not held:
            break
        current = _edited(current, held)
        mended += held
    return current, mended


@dataclass(frozen=True, slots=True)
class _Trial:
    sources: Sequence[Source]
    place: Place
    before: Diagnostics

    def largest(self, fixes: Sequence[Diagnostic], accepted: list[Diagnostic]) -> list[Diagnostic]:
        """`accepted` and those of `fixes` that hold beside it. All are tried at once, then halves, as most hold."""
        if not fixes or self._hold([*accepted, *fixes]):
            return [*accepted, *fixes]
        if len(fixes) == 1:
            return accepted
        middle = len(fixes) // 2
        return self.largest(fixes[middle:], self.largest(fixes[:middle], accepted))

    def _hold(self, fixes: Sequence[Diagnostic]) -> bool:
        after = _look(_edited(self.sources, fixes), self.place)
        if after is None:
            return False
        mended = Counter(map(_key, fixes))
        left, there = Counter(map(_key, after)), Counter(map(_key, self.before))
        gone = all(left[key] <= there[key] - count for key, count in mended.items())
        return gone and _misread(after) <= _misread(self.before) - _misread(fixes)


def _look(sources: Sequence[Source], place: Place) -> Diagnostics | None:
    """What lint finds; None for what does not parse."""
    parsed = Diagnostics()
    files = [parse(source, parsed) for source in sources]
    return None if parsed.errors else lint(files, parsed, place=place)


def _key(one: Diagnostic) -> tuple[str, str, str]:
    return (one.code, one.span.file if one.span is not None else "", one.message)


def _misread(found: Iterable[Diagnostic]) -> int:
    return sum(map(_is_misread, found))


def _is_misread(one: Diagnostic) -> bool:
    return one.severity is Severity.ERROR and one.code.startswith(_READING)


def _touch(one: Edit, other: Edit) -> bool:
    if one.span.source is not other.span.source:
        return False
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def _edited(sources: Sequence[Source], fixes: Sequence[Diagnostic]) -> list[Source]:
    edits = [edit for one in fixes for edit in one.fix]
    return [_one_edited(source, [edit for edit in edits if edit.span.source is source]) for source in sources]


def _one_edited(source: Source, edits: list[Edit]) -> Source:
    if not edits:
        return source
    text = source.text
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return Source(source.name, text)
