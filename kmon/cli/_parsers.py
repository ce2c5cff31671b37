"""What options may be set to: each parser turns the text of an option into its value, or says what to write instead.

They are given to typer as `parser=`; it names the option before the sentence. A default comes through a parser, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

import typer

from compiler.diagnostics import did_you_mean
from compiler.evaluate.types import ByteSize, Duration

__all__ = ["duration", "near", "number", "one_of", "pathname", "size"]

T = TypeVar("T")
N = TypeVar("N", int, float)


def near(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that is not among those known: `; did you mean …?`, or nothing."""
    found = did_you_mean(word, known)
    return f"; did you mean `{found}`?" if found else ""


def one_of(values: Iterable[T]) -> Callable[[object], T]:
    """Members of an enumeration, or texts."""
    known = {str(value): value for value in values}

    def parse(value: object) -> T:
        text = str(value)
        if text not in known:
            raise typer.BadParameter(f"`{text}` is none of {', '.join(known)}{near(text, known)}")
        return known[text]

    return parse


def number(kind: type[N], least: float = -math.inf, most: float = math.inf) -> Callable[[object], N]:
    name = "whole number" if kind is int else "number"
    limits = f" from {least} to {most}" if most < math.inf else f" of at least {least}" if least > -math.inf else ""

    def parse(value: object) -> N:
        try:
            made = kind(str(value))
        except ValueError:
            made = None
        if made is None or not least <= made <= most:
            raise typer.BadParameter(f"`{value}` is no {name}{limits}")
        return made

    return parse


def duration(value: object) -> Duration:
    """As Go's flags read one; a number needs its unit, except 0."""
    text = str(value)
    try:
        made = Duration.parse(text)
    except ValueError:
        if text.replace(".", "", 1).isdecimal():
            raise typer.BadParameter(f"`{text}` has no unit; write it like `{text}s` or `{text}ms`") from None
        raise typer.BadParameter(f"`{text}` is no duration; write it like `30s`, `50ms` or `1m30s`") from None
    if made < 0:
        raise typer.BadParameter(f"`{text}` is below zero")
    return made


def pathname(value: object) -> str:
    """A shell variable that is not set would otherwise be this folder."""
    if not str(value):
        raise typer.BadParameter("it is empty; write `.` for this folder")
    return str(value)


def size(value: object) -> ByteSize:
    try:
        return ByteSize.parse(str(value))
    except ValueError:
        raise typer.BadParameter(f"`{value}` is no size; write it like `512MiB` or `1GiB`") from None
