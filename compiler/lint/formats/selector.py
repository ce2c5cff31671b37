"""The syntax of `stage.match` selectors: stream matchers and line filters, no parsers.

{app="web", level=~"warn|error"} |= "timeout" != "probe" |~ "\\\\d+ms" !~ "^#"
"""

from __future__ import annotations

import re
from typing import NamedTuple

from compiler.lint.regex import compiled
from compiler.syntax import parse_expression
from compiler.syntax.tree import Literal

__all__ = ["Matcher", "SelectorError", "parse_selector"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<filter>\|=|\|~)|(?P<match>!=|!~|=~|=)"""
    r"""|(?P<sign>[{},])|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<end>$)|(?P<other>\S))"""
)


class Matcher(NamedTuple):
    """`operator` is one of `=`, `!=`, `=~`, `!~`; for filters `name` is empty and `operator` may be `|=` or `|~`."""

    name: str
    operator: str
    text: str


class SelectorError(Exception):
    """`str()` says what is wrong; `column` counts characters of the selector from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


def parse_selector(text: str) -> tuple[list[Matcher], list[Matcher]]:
    """Matchers and line filters. Raises `SelectorError`."""
    return _Parser(text).selector()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._kind = self._value = ""
        self._start = 0
        self._next()

    def selector(self) -> tuple[list[Matcher], list[Matcher]]:
        self._expect("{")
        matchers = [self._matcher()]
        while self._value == "," and self._kind == "sign":
            self._next()
            matchers.append(self._matcher())
        self._expect("}")
        filters = []
        while self._kind != "end":
            filters.append(self._filter())
        return matchers, filters

    def _matcher(self) -> Matcher:
        name = self._take("name", "the name of a label")
        operator = self._take("match", "one of `=`, `!=`, `=~`, `!~`")
        return Matcher(name, operator, self._wanted(operator))

    def _filter(self) -> Matcher:
        operator = self._value
        if operator not in ("|=", "!=", "|~", "!~"):
            raise self._fault("one of `|=`, `!=`, `|~`, `!~`")
        self._next()
        return Matcher("", operator, self._wanted(operator))

    def _wanted(self, operator: str) -> str:
        start = self._start
        raw = self._take("string", "a text in double quotes")
        text = _unquoted(raw)
        if text is None:
            raise SelectorError(f"`{raw}` has an escape that Go does not know", start + 1)
        if "~" in operator and compiled(text) is None:
            raise SelectorError(f"`{text}` is no valid RE2 expression", start + 1)
        return text

    def _take(self, kind: str, wanted: str) -> str:
        if self._kind != kind:
            raise self._fault(wanted)
        value = self._value
        self._next()
        return value

    def _expect(self, sign: str) -> None:
        if self._kind != "sign" or self._value != sign:
            raise self._fault(f"`{sign}`")
        self._next()

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        assert match is not None and match.lastgroup is not None
        self._kind, self._value = match.lastgroup, match[match.lastgroup]
        self._start, self._at = match.start(match.lastgroup), match.end()

    def _fault(self, wanted: str) -> SelectorError:
        got = "the end" if self._kind == "end" else f"`{self._value}`"
        return SelectorError(f"expected {wanted}, got {got}", self._start + 1)


def _unquoted(raw: str) -> str | None:
    """Go's texts are those of the configuration language."""
    from compiler.diagnostics import Diagnostics, Source  # noqa: PLC0415

    diagnostics = Diagnostics()
    expression = parse_expression(Source("selector", raw), diagnostics)
    return (
        expression.value
        if isinstance(expression, Literal) and isinstance(expression.value, str) and not diagnostics.errors
        else None
    )
