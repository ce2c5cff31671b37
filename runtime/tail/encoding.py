"""Where lines end in a file's encoding, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

import numpy as np

__all__ = ["UTF8", "Encoding", "byte_order_mark", "find"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """`codec` is Python's name; a code unit has `width` bytes, the least significant first where `little`."""

    codec: str
    width: int = 1
    little: bool = True

    def lines_end(self, data: bytes) -> int:
        """The offset after the last newline in `data`, which begins at a code unit; 0 when there is none."""
        if self.width == 1:
            return data.rfind(b"\n") + 1
        kind = f"{'<' if self.little else '>'}u{self.width}"
        units = np.frombuffer(data, kind, len(data) // self.width)
        newlines = np.flatnonzero(units == ord("\n"))
        return (int(newlines[-1]) + 1) * self.width if len(newlines) else 0

    def utf8(self, data: bytes) -> bytes:
        """`data` as UTF-8. UTF-8 is passed on as it is, valid or not; elsewhere U+FFFD stands for what cannot be
        decoded."""
        return data if self.codec == "utf-8" else data.decode(self.codec, "replace").encode("utf-8", "replace")


UTF8 = Encoding("utf-8")
_UTF16_LE, _UTF16_BE = Encoding("utf-16-le", 2), Encoding("utf-16-be", 2, little=False)
_MARKS = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, _UTF16_LE), (codecs.BOM_UTF16_BE, _UTF16_BE))
_WIDE = {
    "utf-16": _UTF16_BE,  # RFC 2781: big endian where no mark says otherwise
    "utf-16-be": _UTF16_BE,
    "utf-16-le": _UTF16_LE,
    "utf-32": Encoding("utf-32-be", 4, little=False),
    "utf-32-be": Encoding("utf-32-be", 4, little=False),
    "utf-32-le": Encoding("utf-32-le", 4),
}
_IANA = {
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac_cyrillic",
    "iso-8859-6-e": "iso8859_6",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-8-i": "iso8859_8",
    "iso_8859-1:1987": "latin_1",
    "csisolatin1": "latin_1",
}
"""IANA names that Python's codecs do not know."""
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})


def find(name: str) -> Encoding:
    """The encoding of an IANA name in any case; "" is UTF-8. Raises `LookupError` for an unknown one and for one whose
    lines do not end with the byte 0x0A (EBCDIC)."""
    if not name:
        return UTF8
    codec = codecs.lookup(_IANA.get(name.lower(), name)).name
    if codec in _WIDE:
        return _WIDE[codec]
    if codec in _NOT_CHARSETS or "\n".encode(codec) != b"\n":
        raise LookupError(name)
    return UTF8 if codec in ("utf-8", "utf-8-sig") else Encoding(codec)


def byte_order_mark(head: bytes) -> tuple[int, Encoding | None]:
    """The length of the mark that `head` begins with and the encoding that it means; (0, None) when there is none."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return len(mark), encoding
    return 0, None
