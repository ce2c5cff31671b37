"""Regular expressions of which it is sure that they cannot match; what is not sure is taken for one that can."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from compiler.lint.regex import fullmatch

__all__ = ["can_consume", "matches_nothing", "matches_one_of", "required"]

_PIECE = re.compile(
    r"(?P<times>\{\d+(?:,\d*)?\})|\\(?P<escaped>.)|\[(?P<not>\^?)(?P<set>\]?(?:\\.|\[:\w+:\]|[^\]\\])*)\]|(?P<one>.)",
    re.DOTALL,
)
_NARROW = frozenset("dwbBAz")
"""Escapes that stand for letters, digits and `_`, or for a place."""
_AFTER_END = re.compile(r"\$(?:[A-Za-z0-9_/;:,-])(?![?*{])")
_CAN_BE_LEFT_OUT = re.compile(r"\||\)[?*{]")
_BEFORE_START = re.compile(r"[A-Za-z0-9_/;:,-]\^")


@cache
def can_consume(pattern: str, character: str) -> bool:
    """Whether a text that `pattern` matches as a whole can hold `character`, which is no letter, digit or `_`."""
    return any(_takes(piece, character) for piece in _PIECE.finditer(pattern))


def _takes(piece: re.Match[str], character: str) -> bool:
    if (escaped := piece["escaped"]) is not None:
        return escaped == character or (escaped.isalnum() and escaped not in _NARROW)
    if (members := piece["set"]) is not None:
        # A backslash or a class of its own inside, a range, or a negation: not followed further.
        return bool(piece["not"]) or "\\" in members or "[:" in members or _in_set(members, character)
    return piece["one"] in (character, ".")  # neither, where it is a number of repetitions


def _in_set(members: str, character: str) -> bool:
    ranges = re.findall(r"(.)-(.)", members, re.DOTALL)
    return character in members or any(low <= character <= high for low, high in ranges)


@cache
def required(pattern: str) -> str:
    """Characters that every text holds which `pattern` matches, as far as this is plain to see; no letters, digits or `_`."""
    if _CAN_BE_LEFT_OUT.search("".join(_without_escapes(pattern))) or "(?i" in pattern:
        return ""
    found = []
    for piece in _PIECE.finditer(pattern):
        sure = pattern[piece.end() : piece.end() + 1] not in ("?", "*", "{")
        if sure and piece["one"] is not None and re.fullmatch(r"[/;:,@ -]", piece["one"]):
            found.append(piece["one"])
    return "".join(dict.fromkeys(found))


@cache
def matches_nothing(pattern: str) -> bool:
    """Whether something stands behind `$` or in front of `^` that no text has there."""
    if "(?" in pattern.replace("(?:", "").replace("(?P<", "").replace("(?i)", ""):
        return False  # flags such as `(?m)` give both signs another meaning
    bare = "".join(_without_escapes(pattern))
    if _CAN_BE_LEFT_OUT.search(bare):
        return False
    return _AFTER_END.search(bare) is not None or _BEFORE_START.search(bare) is not None


def _without_escapes(pattern: str) -> Iterator[str]:
    for piece in _PIECE.finditer(pattern):
        yield piece["times"] or piece["one"] or "."


def matches_one_of(pattern: str, values: Iterable[str]) -> bool:
    """Whether the whole of a value can match; an expression that is not valid is reported elsewhere."""
    return any(fullmatch(pattern, value) is not False for value in values)
