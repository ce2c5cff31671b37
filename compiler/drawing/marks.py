"""Which finding belongs to which block."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from compiler.diagnostics import Diagnostic, Severity, Span
from compiler.syntax.tree import Block

__all__ = ["Marks", "worst"]


class Marks:
    """Findings by their place. A finding about values stands where its note says that it was rendered."""

    def __init__(self, findings: Iterable[Diagnostic]) -> None:
        self.all = tuple(dict.fromkeys(findings))
        self._placed: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for number, one in enumerate(self.all):
            for span in _spans(one):
                self._placed[span.source.name, span.source.text].append((span.start, number))
        for places in self._placed.values():
            places.sort()
        self._used: set[int] = set()

    def take(self, blocks: Sequence[Block], without: Iterable[Block] = ()) -> tuple[Diagnostic, ...]:
        """What is found within any of `blocks`, but not within one of `without`; the worst first."""
        inner = {number for block in without for number in self._within(block)}
        numbers = {number for block in blocks for number in self._within(block)} - inner
        self._used |= numbers
        return tuple(self.all[n] for n in sorted(numbers, key=lambda n: (-self.all[n].severity, n)))

    @property
    def left(self) -> tuple[Diagnostic, ...]:
        """What nobody took."""
        return tuple(one for number, one in enumerate(self.all) if number not in self._used)

    def _within(self, block: Block) -> Iterator[int]:
        span = block.span
        places = self._placed.get((span.source.name, span.source.text), [])
        for at in range(bisect_left(places, (span.start, -1)), len(places)):
            start, number = places[at]
            if start >= span.end:
                return
            yield number


def _spans(one: Diagnostic) -> Iterator[Span]:
    if one.span is not None:
        yield one.span
    yield from (note.span for note in one.notes if note.rendered and note.span is not None)


def worst(findings: Iterable[Diagnostic]) -> Severity | None:
    """The highest severity; None when there are no findings."""
    return max((one.severity for one in findings), default=None)
