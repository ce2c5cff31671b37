"""RE2, Go's dialect of regular expressions, for single texts such as names and values of labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import re2

from runtime.component import ComponentError

__all__ = ["Groups", "TextRegex", "compile_regex"]

Groups = tuple[str | None, ...]
"""The whole match and the texts of the groups; None for a group that took no part."""


def compile_regex(pattern: str, attribute: str) -> Any:
    """The compiled expression. Raises `ComponentError` naming `attribute`."""
    return _compiled(pattern, pattern, attribute)


class TextRegex:
    """An expression that is searched for, or has to match all of a text (`anchored`; `.` is a newline, too, then).

    Texts hold bytes that are not UTF-8 as surrogate escapes; `.` matches each of these bytes, as in Go.
    """

    __slots__ = ("_bytewise", "_regex", "names")

    def __init__(self, pattern: str, attribute: str, anchored: bool = False) -> None:
        """Raises `ComponentError` naming `attribute`."""
        text = f"^(?s:{pattern})$" if anchored else pattern
        self._regex = _compiled(text, pattern, attribute)
        self._bytewise = _compiled(text, pattern, attribute, bytewise=True)
        self.names: Mapping[str, int] = self._regex.groupindex
        """Numbers of the named groups."""

    def groups(self, text: str) -> Groups | None:
        """None without a match."""
        try:
            found = self._regex.search(text)
        except UnicodeEncodeError:
            found = self._bytewise.search(text.encode("utf-8", "surrogateescape"))
            return tuple(map(_text, (found[0], *found.groups()))) if found else None
        return (found[0], *found.groups()) if found else None

    def found(self, text: str) -> bool:
        return self.groups(text) is not None


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _compiled(text: str, shown: str, attribute: str, bytewise: bool = False) -> Any:
    options = re2.Options()
    options.log_errors = False
    if bytewise:
        options.encoding = re2.Options.Encoding.LATIN1
    try:
        return re2.compile(text.encode() if bytewise else text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ComponentError(f"`{shown}` is no valid RE2 expression: {said}", attribute) from None
