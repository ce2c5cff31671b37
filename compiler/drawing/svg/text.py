"""Text that fits. Ids are set in a monospaced font, so that their width is known without one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["elided", "mono_width", "sans_width", "wrapped"]

_MONO = 0.61
"""The width of a character against the size of the font; the widest of the usual monospaced fonts have 0.602."""
_SANS = 0.58
"""An upper mean for running text in a proportional font."""


def mono_width(text: str, size: float) -> float:
    return _columns(text) * _MONO * size


def sans_width(text: str, size: float) -> float:
    return _columns(text) * _SANS * size


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """At most `lines` lines of monospaced text no wider than `width`, broken behind `_ . - /` where that is possible; what
    is longer has its middle left out."""
    room = max(int(width / (_MONO * size)), 2)
    out = [""]
    for piece in _pieces(text, room):
        if out[-1] and _columns(out[-1] + piece) > room:
            out.append("")
        out[-1] += piece
    if len(out) <= lines:
        return out
    return [*out[: lines - 1], elided("".join(out[lines - 1 :]), room)]


def elided(text: str, room: int) -> str:
    """At most `room` columns; the middle is left out, as ids differ at their ends."""
    if _columns(text) <= room:
        return text
    head, tail = "", ""
    for first, last in zip(text, reversed(text), strict=True):
        if _columns(head + first + tail) > room - 1:
            break
        head += first
        if _columns(head + last + tail) > room - 1:
            break
        tail = last + tail
    return f"{head}…{tail}"


def _pieces(text: str, room: int) -> Iterator[str]:
    for piece in re.findall(r"[^_.\-/]*[_.\-/]+|[^_.\-/]+", text):
        rest = piece
        while _columns(rest) > room:
            cut = next(i for i in range(len(rest), 0, -1) if _columns(rest[:i]) <= room)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
