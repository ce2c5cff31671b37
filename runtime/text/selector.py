"""The selectors of `stage.match`: a LogQL stream selector and line filters, without parsers.

    {app="web", level=~"warn|error"} |= "timeout" != "probe" |~ "\\\\d+ms" !~ "^#"

Texts are in double quotes with Go's escapes. Label expressions are anchored, line expressions are not; a missing label is
the empty text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.component import ComponentError
from runtime.signals.columns import Mask
from runtime.text.regex import Pattern, contains
from runtime.text.text_regex import TextRegex
from runtime.text.unquote import unquote

__all__ = ["Selector", "parse_selector"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<filter>\|=|\|~)|(?P<match>!=|!~|=~|=)|(?P<sign>[{},])|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<end>$))"""
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One line filter; `negative` ones want the text or expression not to be there."""

    negative: bool
    found: Callable[[Any], Mask]


@dataclass(frozen=True, slots=True)
class Matcher:
    name: str
    accepts: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Selector:
    matchers: tuple[Matcher, ...]
    filters: tuple[Filter, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether every matcher accepts its label."""
        return all(matcher.accepts(labels.get(matcher.name, "")) for matcher in self.matchers)

    def filtered(self, lines: Any) -> Mask:
        """Which lines of a `pa.binary()` array every filter accepts."""
        mask = np.ones(len(lines), np.bool_)
        for one in self.filters:
            mask &= one.found(lines) ^ one.negative
        return mask


def parse_selector(text: str, attribute: str) -> Selector:
    """Raises `ComponentError` naming `attribute`, with the column of what is wrong."""
    return _Parser(text, attribute).selector()


class _Parser:
    def __init__(self, text: str, attribute: str) -> None:
        self._text = text
        self._attribute = attribute
        self._at = 0
        self._kind = self._value = ""
        self._start = 0
        self._next()

    def selector(self) -> Selector:
        self._expect("{")
        matchers = [self._matcher()]
        while self._value == ",":
            self._next()
            matchers.append(self._matcher())
        self._expect("}")
        filters: list[Filter] = []
        while self._kind != "end":
            filters.append(self._filter())
        return Selector(tuple(matchers), tuple(filters))

    def _matcher(self) -> Matcher:
        if self._kind != "name":
            raise self._fault("a label name")
        name = self._value
        self._next()
        operator = self._value
        if self._kind != "match":
            raise self._fault("one of `=`, `!=`, `=~`, `!~`")
        self._next()
        wanted = self._string()
        match operator:
            case "=":
                return Matcher(name, lambda value: value == wanted)
            case "!=":
                return Matcher(name, lambda value: value != wanted)
            case _:
                found = TextRegex(wanted, self._attribute, anchored=True).found
                return Matcher(name, found if operator == "=~" else lambda value: not found(value))

    def _filter(self) -> Filter:
        operator = self._value
        if operator not in ("|=", "!=", "|~", "!~"):
            raise self._fault("one of `|=`, `!=`, `|~`, `!~`")
        self._next()
        wanted = self._string()
        negative = operator.startswith("!")
        if operator in ("|=", "!="):
            encoded = wanted.encode("utf-8", "surrogateescape")
            return Filter(negative, lambda lines: contains(lines, encoded))
        return Filter(negative, Pattern(wanted, self._attribute).search)

    def _string(self) -> str:
        if self._kind != "string":
            raise self._fault("a text in double quotes")
        try:
            text = unquote(self._value)
        except ValueError as error:
            raise ComponentError(f"column {self._start + 1} of the selector: {error}", self._attribute) from None
        self._next()
        return text

    def _expect(self, sign: str) -> None:
        if self._value != sign or self._kind != "sign":
            raise self._fault(f"`{sign}`")
        self._next()

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            self._start = self._at + len(self._text[self._at :]) - len(self._text[self._at :].lstrip())
            self._kind, self._value = "other", self._text[self._start : self._start + 1]
            return
        self._kind = match.lastgroup or ""
        self._value = match[self._kind]
        self._start = match.start(self._kind)
        self._at = match.end()

    def _fault(self, wanted: str) -> ComponentError:
        got = "the end" if self._kind == "end" else f"`{self._value}`"
        place = f"column {self._start + 1} of the selector"
        return ComponentError(f"expected {wanted} at {place}, got {got}", self._attribute)
