"""Go's quoted texts."""

from __future__ import annotations

import re

__all__ = ["unquote"]

_ESCAPE = re.compile(
    r"""\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([abfnrtv\\'"])|(.?))""", re.DOTALL
)
_SIMPLE = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip


def unquote(literal: str) -> str:
    """What a Go text in double quotes or backquotes stands for; bytes that are not UTF-8 become surrogate escapes.

    Raises `ValueError` for an escape that Go does not know.
    """
    quote, body = literal[0], literal[1:-1]
    if quote == "`":
        return body.replace("\r", "")
    if "\\" not in body:
        return body
    out = bytearray()
    at = 0
    for match in _ESCAPE.finditer(body):
        out += body[at : match.start()].encode("utf-8", "surrogateescape")
        out += _meaning(match, quote)
        at = match.end()
    out += body[at:].encode("utf-8", "surrogateescape")
    return out.decode("utf-8", "surrogateescape")


def _meaning(match: re.Match[str], quote: str) -> bytes:
    two, four, eight, octal, simple, _ = match.groups()
    if two is not None:
        return bytes([int(two, 16)])
    if octal is not None and int(octal, 8) < 256:
        return bytes([int(octal, 8)])
    if simple is not None and not (simple in "'\"" and simple != quote):
        return _SIMPLE[simple].encode()
    if four is not None or eight is not None:
        code = int(four or eight, 16)
        if code < 0x110000 and not 0xD800 <= code < 0xE000:
            return chr(code).encode()
    raise ValueError(f"`{match[0]}` is no escape of a quoted text")
