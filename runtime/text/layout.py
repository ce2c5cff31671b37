"""The elements of Go's time layouts: a layout shows how the time Mon Jan 2 15:04:05 MST 2006 would be written."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["NAMED", "Element", "elements"]

NAMED = {
    "ANSIC": "Mon Jan _2 15:04:05 2006",
    "UnixDate": "Mon Jan _2 15:04:05 MST 2006",
    "RubyDate": "Mon Jan 02 15:04:05 -0700 2006",
    "RFC822": "02 Jan 06 15:04 MST",
    "RFC822Z": "02 Jan 06 15:04 -0700",
    "RFC850": "Monday, 02-Jan-06 15:04:05 MST",
    "RFC1123": "Mon, 02 Jan 2006 15:04:05 MST",
    "RFC1123Z": "Mon, 02 Jan 2006 15:04:05 -0700",
    "RFC3339": "2006-01-02T15:04:05Z07:00",
    "RFC3339Nano": "2006-01-02T15:04:05.999999999Z07:00",
}
"""Layouts that have a name (https://pkg.go.dev/time#pkg-constants)."""


@dataclass(frozen=True, slots=True)
class Element:
    """`prefix` is the plain text before it; `kind` is the layout's own text for it (`15`), "" for the end of the layout.
    Fractions of a second are "0" or "9" with the number of `digits`."""

    prefix: str
    kind: str
    digits: int = 0


# The longer form stands before the shorter one that it begins with.
_CHUNKS = {
    "J": ("January", "Jan"),
    "M": ("Monday", "Mon", "MST"),
    "0": ("002", "01", "02", "03", "04", "05", "06"),
    "1": ("15", "1"),
    "2": ("2006", "2"),
    "_": ("__2", "_2"),
    "3": ("3",),
    "4": ("4",),
    "5": ("5",),
    "P": ("PM",),
    "p": ("pm",),
    "-": ("-07:00:00", "-070000", "-07:00", "-0700", "-07"),
    "Z": ("Z07:00:00", "Z070000", "Z07:00", "Z0700", "Z07"),
}
_WORDS = ("Jan", "Mon")
"""Names that are plain text when lower-case letters follow (`Month`)."""


def elements(layout: str) -> tuple[Element, ...]:
    """The layout in parts; the last one is the text after all elements."""
    found: list[Element] = []
    start = at = 0
    while at < len(layout):
        chunk = _chunk(layout, at)
        if chunk is None:
            at += 1
            continue
        kind, length, digits = chunk
        if kind == "_2" and layout.startswith("2006", at + 1):
            # The underscore is plain text before a year.
            kind, length, at = "2006", 4, at + 1
        found.append(Element(layout[start:at], kind, digits))
        at += length
        start = at
    return (*found, Element(layout[start:], ""))


def _chunk(layout: str, at: int) -> tuple[str, int, int] | None:
    """Kind, length and digits of the element that begins at `at`."""
    for text in _CHUNKS.get(layout[at], ()):
        if layout.startswith(text, at) and not (text in _WORDS and layout[at + 3 : at + 4].islower()):
            return text, len(text), 0
    if layout[at] in ".," and layout[at + 1 : at + 2] in ("0", "9"):
        digit = layout[at + 1]
        end = at + 1
        while layout[end : end + 1] == digit:
            end += 1
        if not layout[end : end + 1].isdigit():
            return digit, end - at, end - at - 1
    return None
