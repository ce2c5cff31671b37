"""Reads names and quoted texts of stream labels and selectors; texts are Go's string literals (go.dev/ref/spec, "String literals")."""

from __future__ import annotations

import re

from runtime.text.unquote import unquote

__all__ = ["Reader", "TextError"]

# Writers send any UTF-8 name unquoted, so a name ends only where the syntax around it begins.
_NAME = re.compile(r"[^\s={}!~,\"'`|]+")
_BLANKS = re.compile(r"\s*")


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
        self.skip()
        start = self.at
        quote = "`" if self.text.startswith("`", start) else '"'
        self.expect(quote)
        end = self.at
        while end < len(self.text) and self.text[end] != quote:
            end += 2 if quote == '"' and self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise TextError("text in quotes has no end", start)
        self.at = end + 1
        try:
            return unquote(self.text[start : self.at])
        except ValueError as error:
            raise TextError(str(error), start) from None
