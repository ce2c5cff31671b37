"""The one diagnostic type, from YAML to the running graph.

Inner code reports *facts*: small dataclasses that hold only the values their sentence needs
(`UnknownAttribute(name="forward_too", known=(...))`). A fact class carries its code, its severity and the
one place where its sentence is written; its docstring is the page that `kmon explain CODE` prints.

Codes are for life and never reused:
`KM1xx` values · `KM2xx` syntax, types and references · `KM3xx` wiring · `KM4xx` logs · `KM5xx` metrics ·
`KM6xx` traces · `KM7xx` cluster · `KM8xx` delivery and runtime · `KM9xx` security.
"""

from __future__ import annotations

import difflib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar

__all__ = [
    "Diagnostic", "DiagnosticError", "Diagnostics", "Edit", "Fact", "Note", "Severity", "Source", "Span", "did_you_mean",
]  # fmt: skip


class Severity(IntEnum):
    """How bad a finding is; an error stops the compile, the others never do."""

    INFO = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        return self.name.lower()


class Source:
    """One text that was read: its name as the user typed it, and its content.

    `position` counts as Alloy does: lines from 1, columns from 1 in bytes of the UTF-8 text.
    """

    __slots__ = ("_line_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        starts = [0]
        find = text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        self._line_starts = starts

    def position(self, offset: int) -> tuple[int, int]:
        """Character offset (0-based) to (line, column)."""
        line = bisect_right(self._line_starts, offset)
        start = self._line_starts[line - 1]
        return line, len(self.text[start:offset].encode("utf-8", "surrogatepass")) + 1

    def offset(self, line: int, column: int = 1) -> int:
        """(line, column in characters), both from 1, to a character offset; what lies outside is clamped."""
        line = min(max(line, 1), len(self._line_starts))
        return min(self._line_starts[line - 1] + max(column, 1) - 1, len(self.text))

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line end; empty when there is no such line."""
        if not 1 <= number <= len(self._line_starts):
            return ""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")

    @property
    def line_count(self) -> int:
        return len(self._line_starts)

    def __repr__(self) -> str:
        return f"Source({self.name!r})"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source: characters `start` to `end` (exclusive)."""

    source: Source
    start: int
    end: int

    @property
    def file(self) -> str:
        return self.source.name

    @property
    def position(self) -> tuple[int, int]:
        return self.source.position(self.start)

    @property
    def end_position(self) -> tuple[int, int]:
        return self.source.position(self.end)

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def __str__(self) -> str:
        line, column = self.position
        return f"{self.source.name}:{line}:{column}"


@dataclass(frozen=True, slots=True)
class Edit:
    """A text to stand in the place of a span; of an empty span, at it."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A second place or fact that explains a diagnostic, such as the other culprit. `rendered` says that what was found at
    values stands at `span` in the text that was made of them."""

    text: str
    span: Span | None = None
    rendered: bool = False


@dataclass(frozen=True)
class Fact:
    """What is wrong, as values. Subclasses are frozen dataclasses, declared with their code:

        @dataclass(frozen=True)
        class UnknownAttribute(Fact, code="KM204"):
            name: str

            def message(self) -> str: ...

    A message is one line, names in backticks, no full stop; `help` says what to type.
    """

    code: ClassVar[str] = ""
    severity: ClassVar[Severity] = Severity.ERROR
    confidential: ClassVar[bool] = False
    """What it is found at is a secret."""
    registry: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, code: str = "", severity: Severity = Severity.ERROR) -> None:
        super().__init_subclass__()
        if not code:
            return
        other = Fact.registry.get(code)
        # `@dataclass(slots=True)` makes a class a second time, under the same name.
        if other is not None and other.__qualname__ != cls.__qualname__:
            raise TypeError(f"code {code} is taken by {other.__qualname__}")
        if not cls.__doc__:
            raise TypeError(f"{cls.__qualname__} has no docstring: it is the page of {code}")
        cls.code = code
        cls.severity = severity
        Fact.registry[code] = cls

    def message(self) -> str:
        raise NotImplementedError(type(self).__qualname__)

    def help(self) -> str | None:
        return None

    def fix(self, span: Span) -> tuple[Edit, ...]:  # noqa: ARG002
        """The edits that surely mend what was found at `span`; none where a person has to decide. A fact that has some
        says in a paragraph *Fix* of its page what they do."""
        return ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: where, how bad, what, and what to type instead. `fix` are the edits that surely mend it;
    `confidential` says that a secret stands at `span`, which nothing may repeat."""

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    help: str | None = None
    notes: tuple[Note, ...] = ()
    fix: tuple[Edit, ...] = ()
    confidential: bool = False

    @property
    def sort_key(self) -> tuple[str, int, str]:
        return (self.span.file, self.span.start, self.code) if self.span else ("", -1, self.code)


@dataclass(slots=True)
class Diagnostics:
    """Where a stage puts its findings. A stage goes on after an error, so that all are reported at once.

    `placed` changes each finding on its way in: what is found in a text that was made of another one is shown there.
    """

    found: list[Diagnostic] = field(default_factory=list)
    placed: Callable[[Diagnostic], Diagnostic] | None = None

    def report(
        self, fact: Fact, span: Span | None = None, *notes: Note, severity: Severity | None = None
    ) -> Diagnostic:
        """Turn a fact into a diagnostic and keep it; `severity` overrides the fact's own."""
        diagnostic = Diagnostic(
            fact.code,
            fact.severity if severity is None else severity,
            fact.message(),
            span,
            fact.help(),
            notes,
            fact.fix(span) if span is not None else (),
            fact.confidential,
        )
        self.extend([diagnostic])
        return diagnostic

    def extend(self, others: Iterable[Diagnostic]) -> None:
        self.found.extend(others if self.placed is None else map(self.placed, others))

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.found if d.severity is Severity.ERROR]

    def raise_errors(self) -> None:
        """Raise `DiagnosticError` when there is an error; warnings stay in the sink."""
        if self.errors:
            raise DiagnosticError(self)

    def sorted(self) -> list[Diagnostic]:
        return sorted(self.found, key=lambda d: d.sort_key)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


class DiagnosticError(Exception):
    """Stops a compile or a load that found errors; `diagnostics` holds everything that was found."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        first = diagnostics.errors[0] if diagnostics.errors else None
        super().__init__(f"{first.span}: {first.message}" if first and first.span else first.message if first else "")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The nearest known word, or None when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return near[0] if near else None
