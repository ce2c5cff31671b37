"""Plain LogQL: `{a="b", c!="d", e=~"f.*", g!~"h"} |= "text" != "text" |~ "regex" !~ "regex"`.

Loki's documentation, "Log queries": label regexes match the whole value, line regexes any part of the line;
a missing label counts as empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import re2

from runtime.text.reader import Reader, TextError

__all__ = ["Query", "QueryError", "parse_query"]

_LABEL_OPERATORS = ("=~", "!~", "!=", "=")
_LINE_OPERATORS = ("|=", "|~", "!=", "!~")


class QueryError(ValueError):
    """A query that cannot be read, or that asks for more than a selector and line filters; one line."""


@dataclass(frozen=True, slots=True)
class Query:
    _labels: tuple[tuple[str, Callable[[bytes], bool]], ...]
    _lines: tuple[Callable[[bytes], bool], ...]

    def selects(self, labels: Mapping[str, str]) -> bool:
        return all(test(labels.get(name, "").encode("utf-8", "surrogateescape")) for name, test in self._labels)

    def passes(self, line: bytes) -> bool:
        return all(test(line) for test in self._lines)


def parse_query(text: str) -> Query:
    """`{}` selects everything. Raises `QueryError`."""
    reader = Reader(text)
    try:
        labels = _matchers(reader)
        lines = []
        while not reader.done():
            at = reader.at
            operator = next((o for o in _LINE_OPERATORS if reader.takes(o)), None)
            if operator is None:
                raise TextError(f"expected a line filter (`|=`, `!=`, `|~`, `!~`), found {reader.found()}", at)
            lines.append(_test(operator, reader.quoted(), whole=False))
    except (TextError, QueryError) as error:
        raise QueryError(f"query `{text}`: {error}") from None
    return Query(tuple(labels), tuple(lines))


def _matchers(reader: Reader) -> list[tuple[str, Callable[[bytes], bool]]]:
    labels: list[tuple[str, Callable[[bytes], bool]]] = []
    reader.expect("{")
    while not reader.takes("}"):
        if labels:
            reader.expect(",")
        name = reader.name()
        operator = next((o for o in _LABEL_OPERATORS if reader.takes(o)), None)
        if operator is None:
            raise TextError(f"expected `=`, `!=`, `=~` or `!~`, found {reader.found()}", reader.at)
        labels.append((name, _test(operator, reader.quoted(), whole=True)))
    return labels


def _test(operator: str, text: str, whole: bool) -> Callable[[bytes], bool]:
    data = text.encode("utf-8", "surrogateescape")
    wanted = not operator.startswith("!")
    if operator.endswith("~"):
        pattern = _pattern(text)
        found = pattern.fullmatch if whole else pattern.search
        return lambda value: (found(value) is not None) == wanted
    if whole:
        return lambda value: (value == data) == wanted
    return lambda value: (data in value) == wanted


def _pattern(text: str) -> re2._Regexp[bytes]:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text.encode("utf-8", "surrogateescape"), options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise QueryError(
            f"bad regular expression `{text}`: {reason.decode() if isinstance(reason, bytes) else reason}"
        ) from None
