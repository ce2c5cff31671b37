"""Names and quoted texts of stream labels and selectors: Go's string literals (go.dev/ref/spec, "String literals")."""

from __future__ import annotations

import re

__all__ = ["Reader", "TextError"]

# Writers send any UTF-8 name unquoted, so a name ends only where the syntax around it begins.
_NAME = re.compile(r"[^\s={}!~,\"'`|]+")
_BLANKS = re.compile(r"\s*")
_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39}
_DIGITS = {"x": 2, "u": 4, "U": 8}


class TextError(ValueError):
    """Text that cannot be read; `column` counts characters from 1."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} at column {at + 1}")
        self.column = at + 1


class Reader:
    """Reads a text from left to right. All methods skip blanks before what they read and raise `TextError`."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip(self) -> None:
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def done(self) -> bool:
        self.skip()
        return self.at >= len(self.text)

    def takes(self, token: str) -> bool:
        """Whether `token` comes next; if so it is read."""
        self.skip()
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.takes(token):
            raise TextError(f"expected `{token}`, found {self.found()}", self.at)

    def found(self) -> str:
        return f"`{self.text[self.at]}`" if self.at < len(self.text) else "the end"

    def name(self) -> str:
        self.skip()
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise TextError(f"expected a label name, found {self.found()}", self.at)
        self.at = match.end()
        return match.group()

    def quoted(self) -> str:
        """A text in double quotes, or as it is in backquotes."""
        start = self.at
        if self.takes("`"):
            end = self.text.find("`", self.at)
            if end < 0:
                raise TextError("text in backquotes has no end", start)
            text, self.at = self.text[self.at : end], end + 1
            return text
        self.expect('"')
        end = self.at
        while end < len(self.text) and self.text[end] != '"':
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise TextError("text in quotes has no end", start)
        raw, begin = self.text[self.at : end], self.at
        self.at = end + 1
        return _unescape(raw, begin) if "\\" in raw else raw


def _unescape(raw: str, begin: int) -> str:
    """`\\x41` and `\\101` are bytes, so the text is put together as bytes."""
    out, at = bytearray(), 0
    while at < len(raw):
        if raw[at] != "\\":
            end = raw.find("\\", at)
            end = len(raw) if end < 0 else end
            out += raw[at:end].encode("utf-8", "surrogateescape")
            at = end
            continue
        kind = raw[at + 1]
        if kind in _SIMPLE:
            out.append(_SIMPLE[kind])
            at += 2
        elif kind in _DIGITS or kind in "01234567":
            start, size, base = (at + 2, _DIGITS[kind], 16) if kind in _DIGITS else (at + 1, 3, 8)
            out += _code(raw[start : start + size], size, base, kind in "uU", begin + at)
            at = start + size
        else:
            raise TextError(f"unknown escape `\\{kind}`", begin + at)
    return out.decode("utf-8", "surrogateescape")


def _code(digits: str, size: int, base: int, rune: bool, at: int) -> bytes:
    allowed = "01234567" if base == 8 else "0123456789abcdefABCDEF"
    if len(digits) < size or any(digit not in allowed for digit in digits):
        raise TextError(f"an escape needs {size} digits", at)
    code = int(digits, base)
    if rune:
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise TextError("an escape names no character", at)
        return chr(code).encode()
    if code > 0xFF:
        raise TextError("an escape is larger than a byte", at)
    return bytes((code,))
