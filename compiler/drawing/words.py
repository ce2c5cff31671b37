"""The words of a diagram that every format shows."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from compiler.diagnostics import Diagnostic, Severity
from compiler.drawing.diagram import Box, Diagram, Frame

__all__ = ["codes", "counted", "finding_text", "holder_text", "printable", "summary"]


def codes(findings: Iterable[Diagnostic]) -> dict[str, Severity]:
    """The codes with the worst severity of each, the worst first."""
    found: dict[str, Severity] = {}
    for one in findings:
        found[one.code] = max(one.severity, found.get(one.code, Severity.INFO))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def finding_text(one: Diagnostic) -> str:
    """Severity, code and message, then what helps, then where it is: a line each."""
    lines = [f"{one.severity} {one.code}: {one.message}"]
    lines += [f"help: {one.help}"] if one.help else []
    lines += [str(one.span)] if one.span is not None else []
    return "\n".join(printable(line) for line in lines)


def holder_text(one: Box | Frame) -> str:
    """What a tooltip says about a box or a frame."""
    parts = [one.id, f"{one.file}:{one.line}"]
    if isinstance(one, Box):
        parts.insert(1, one.role)
        if one.inside:
            parts.insert(2, f"{counted(one.inside, 'component')} inside")
    return "\n".join(printable(part) for part in parts)


def summary(diagram: Diagram) -> str:
    """`daemonset · 12 nodes · 1 error, 2 warnings`"""
    parts = [diagram.note] if diagram.note else []
    parts.append(counted(sum(not box.is_port for box in diagram.boxes), "node"))
    if diagram.frames:
        parts.append(counted(len(diagram.frames), "open module"))
    found = Counter(one.severity for one in diagram.findings)
    if found:
        parts.append(", ".join(counted(found[s], str(s)) for s in sorted(found, reverse=True)))
    return " · ".join(parts)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 or noun == 'info' else 's'}"


def printable(text: str) -> str:
    """Without the characters that no format can hold, or that would move what is around them."""
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs", "Cf", "Co", "Cn") else c for c in text)
