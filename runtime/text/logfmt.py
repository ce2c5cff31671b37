"""Logfmt as Go's `go-logfmt` reads it: `key=value key="quoted \\n text" key`, split at spaces and control characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

__all__ = ["pairs"]

_PAIR = re.compile(
    rb'[\0- ]*([^\0- ="]+)(?:=(?:("(?:[^"\\]|\\.)*")|([^\0- ="]*)(?=[\0- ]|\Z)))?',
    re.DOTALL,
)
_SEPARATORS = frozenset(range(ord(" ") + 1))
_ESCAPE = re.compile(rb'\\(?:["\\/\'bfnrt]|u[0-9a-fA-F]{4})|[^\\]', re.DOTALL)


def pairs(line: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values, in their order; a key alone has the empty value. Ends at the first fault."""
    at = 0
    while (found := _PAIR.match(line, at)) is not None:
        key, quoted, bare = found.groups()
        at = found.end()
        if quoted is None and at < len(line) and line[at] not in _SEPARATORS:
            return
        if not key.isascii() and not _is_utf8(key):
            return
        value = bare or b"" if quoted is None else _unquoted(quoted)
        if value is None:
            return
        yield key, value


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unquoted(text: bytes) -> bytes | None:
    """The content of a text in quotes; None for an escape that is none, or a control character beside escapes."""
    if b"\\" not in text:
        return text[1:-1]
    parts = _ESCAPE.findall(text[1:-1])
    if sum(map(len, parts)) != len(text) - 2 or min(text) < ord(" "):
        return None
    # JSON knows no escaped apostrophe.
    body = b"".join(b"'" if part == b"\\'" else part for part in parts)
    decoded: str = json.loads('"' + body.decode("utf-8", "replace") + '"')
    return decoded.encode("utf-8", "replace")
