"""Shows diagnostics: as text with excerpt and caret, or as JSON. Nothing else formats positions.

Text, one block a finding:

    values.yaml:3:1: error[KM101]: unknown key `preset`
      3 | preset: [pod-logs]
        | ^^^^^^
    help: did you mean `presets`?
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import IO

from compiler.diagnostics import Diagnostic, Diagnostics, Severity, Span

__all__ = ["entry", "json_report", "print_diagnostics", "summary", "text_report"]

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_WIDTH = 68
"""Characters of an excerpt line that are shown; a longer line is cut around the finding."""


def text_report(diagnostics: Diagnostics | Iterable[Diagnostic], *, colour: bool = False) -> str:
    """Every finding in the order of its position, an empty line between two. No excerpt shows a secret that one of them
    is about."""
    ordered = sorted(diagnostics, key=lambda d: d.sort_key)
    secrets = [diagnostic.span for diagnostic in ordered if diagnostic.confidential and diagnostic.span is not None]
    return "\n".join(_block(diagnostic, secrets, colour) for diagnostic in ordered)


def json_report(diagnostics: Diagnostics | Iterable[Diagnostic]) -> str:
    """A list of `{code, severity, message, help, file, line, column, end_line, end_column}`; null where there is none.

    Lines and columns count from 1, columns in bytes of UTF-8.
    """
    return json.dumps([entry(d) for d in sorted(diagnostics, key=lambda d: d.sort_key)], indent=2, ensure_ascii=False)


def summary(diagnostics: Diagnostics | Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty when there is nothing."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    return ", ".join(
        f"{counts[severity]} {severity}{'s' if counts[severity] > 1 else ''}"
        for severity in sorted(Severity, reverse=True)
        if counts[severity]
    )


def print_diagnostics(diagnostics: Diagnostics, output_format: str = "text", file: IO[str] | None = None) -> None:
    """Print to `file` (default stderr), in colour on a terminal unless `NO_COLOR` is set."""
    file = file or sys.stderr
    if output_format == "json":
        print(json_report(diagnostics), file=file)
    elif len(diagnostics):
        colour = file.isatty() and not os.environ.get("NO_COLOR")
        print(text_report(diagnostics, colour=colour), end="", file=file)
        print(summary(diagnostics), file=file)


def _block(diagnostic: Diagnostic, secrets: Sequence[Span], colour: bool) -> str:
    kind = _painted(f"{diagnostic.severity}[{diagnostic.code}]", _COLOURS[diagnostic.severity], colour)
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    out = [f"{place}{kind}: {_painted(_one_line(diagnostic.message), '1', colour)}"]
    if diagnostic.span:
        out += _excerpt(diagnostic.span, secrets, _COLOURS[diagnostic.severity], colour)
    if diagnostic.help:
        out.append(f"{_painted('help:', '32', colour)} {_one_line(diagnostic.help)}")
    for note in diagnostic.notes:
        text = _one_line(note.text)
        out.append(f"{note.span}: note: {text}" if note.span else f"note: {text}")
        if note.span:
            out += _excerpt(note.span, secrets, "34", colour)
    return "\n".join(out) + "\n"


def _excerpt(span: Span, secrets: Sequence[Span], paint: str, colour: bool) -> list[str]:
    """The line where the finding begins, underlined to its end or to the end of the line."""
    source = span.source
    if not source.text:
        return []
    number, _ = source.position(min(span.start, len(source.text)))
    line, start = source.line(number), source.offset(number)
    for secret in secrets:
        if secret.source is source:
            line = _masked(line, secret.start - start, secret.end - start)
    begin = min(span.start - start, len(line))
    cut, begin, end = _cut(line, begin, max(min(span.end - start, len(line)), begin + 1))
    cells = [_cell(character) for character in cut]
    left = sum(map(_columns, cells[:begin]))
    under = " " * left + _painted("^" * max(sum(map(_columns, cells[begin:end])), 1), paint, colour)
    gutter = " " * len(str(number))
    return [f"  {number} | {''.join(cells)}".rstrip(), f"  {gutter} | {under}"]


def _masked(line: str, begin: int, end: int) -> str:
    begin, end = max(begin, 0), min(max(end, 0), len(line))
    return line[:begin] + "*" * max(end - begin, 0) + line[max(begin, end) :]


def _cut(line: str, begin: int, end: int) -> tuple[str, int, int]:
    """A long line around the finding, and where the finding then stands."""
    if len(line) <= _WIDTH:
        return line, begin, end
    left = max(0, min(begin - _WIDTH // 3, len(line) - _WIDTH))
    head, tail = ("…" if left else ""), ("…" if left + _WIDTH < len(line) else "")
    shift = left - len(head)
    return f"{head}{line[left : left + _WIDTH]}{tail}", begin - shift, min(end - shift, _WIDTH + len(head))


def _one_line(text: str) -> str:
    return "".join(_cell(character) for character in text.replace("\n", "\\n").replace("\t", "\\t"))


def _cell(character: str) -> str:
    """What is printed for a character: no text of a user moves the cursor or paints the terminal."""
    if character == "\t":
        return "    "
    return "�" if unicodedata.category(character) in ("Cc", "Cs", "Cf") else character


def _columns(cell: str) -> int:
    """The columns of a terminal that one cell takes."""
    if len(cell) == 1 and unicodedata.combining(cell):
        return 0
    return 2 if unicodedata.east_asian_width(cell[0]) in "WF" else len(cell)


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text


def entry(diagnostic: Diagnostic) -> dict[str, object]:
    """One finding of the list that `json_report` makes."""
    span = diagnostic.span
    line, column = span.position if span else (None, None)
    end_line, end_column = span.end_position if span else (None, None)
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": span.file if span else None,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
