"""`string.*` and `file.*`."""

from __future__ import annotations

import posixpath

__all__ = ["join", "path_join", "split", "to_lower", "to_upper", "trim_space"]

# Unicode white space as Go defines it; `str.strip` would take the separators U+001C to U+001F, too.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def join(texts: list[str], separator: str) -> str:
    return separator.join(texts)


def split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def to_lower(text: str) -> str:
    """Character by character: the length never changes."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower()[0] for c in text)


def to_upper(text: str) -> str:
    """Character by character: `ß` stays, as it has no single capital."""
    return "".join(u if len(u := c.upper()) == 1 else c for c in text)


def trim_space(text: str) -> str:
    return text.strip(_SPACE)


def path_join(*parts: str) -> str:
    """The parts joined by `/` and cleaned; empty ones are skipped."""
    joined = "/".join(part for part in parts if part)
    if not joined:
        return ""
    path = posixpath.normpath(joined)
    return path[1:] if path.startswith("//") else path
