"""`string.format`: Go's `fmt.Sprintf`. It never fails; what does not fit is printed as `%!d(string=x)`.

One thing differs: a secret is printed as `(secret)`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from compiler.evaluate import numbers
from compiler.evaluate.types import OptionalSecret, Secret
from compiler.evaluate.values import Function, type_name
from compiler.syntax.token import quote

__all__ = ["sprintf"]

_FLAGS = "+-# 0"
_INDEX = re.compile(r"\[(\d+)\]")
_NUMBER = re.compile(r"\d+")
_INTEGER_VERBS = {"d": "d", "v": "d", "x": "x", "X": "X", "o": "o", "O": "o", "b": "b"}
_PREFIXES = {"x": "0x", "X": "0X", "o": "0", "O": "0o", "b": "0b"}


@dataclass(frozen=True, slots=True)
class _Verb:
    letter: str
    flags: str = ""
    width: int | None = None
    precision: int | None = None

    def pad(self, text: str) -> str:
        if self.width is None:
            return text
        if "-" in self.flags:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if "0" in self.flags else " ")

    def pad_number(self, text: str) -> str:
        if "0" in self.flags and "-" not in self.flags and self.width is not None:
            sign = text[:1] if text[:1] in {"+", "-", " "} else ""
            return sign + text[len(sign) :].rjust(self.width - len(sign), "0")
        return self.pad(text)


def sprintf(template: str, *values: Any) -> str:
    return _Formatter(template, values).run()


class _Formatter:
    def __init__(self, template: str, values: tuple[Any, ...]) -> None:
        self.template = template
        self.values = values
        self.at = 0
        self.argument = 0
        self.reordered = False
        self.bad_index = False

    def run(self) -> str:
        parts: list[str] = []
        template = self.template
        while (percent := template.find("%", self.at)) >= 0:
            parts.append(template[self.at : percent])
            self.at = percent + 1
            parts.append(self.verb())
        parts.append(template[self.at :])
        if not self.reordered and self.argument < len(self.values):
            extra = (f"{_go_type(v)}={_plain(v)}" if v is not None else "<nil>" for v in self.values[self.argument :])
            parts.append(f"%!(EXTRA {', '.join(extra)})")
        return "".join(parts)

    def verb(self) -> str:
        template, start = self.template, self.at
        self.bad_index = False
        while self.at < len(template) and template[self.at] in _FLAGS:
            self.at += 1
        flags = template[start : self.at]
        self.index()
        width, fault = self.size("BADWIDTH")
        if width is not None and width < 0:
            flags, width = flags + "-", -width
        precision = None
        if template.startswith(".", self.at):
            self.at += 1
            self.index()
            precision, more = self.size("BADPREC")
            fault += more
            precision = 0 if precision is None and not more else precision
        self.index()
        if self.at >= len(template):
            return fault + "%!(NOVERB)"
        letter = template[self.at]
        self.at += 1
        if letter == "%":
            return fault + "%"
        if self.bad_index:
            return fault + f"%!{letter}(BADINDEX)"
        if self.argument >= len(self.values):
            return fault + f"%!{letter}(MISSING)"
        value = self.values[self.argument]
        self.argument += 1
        return fault + _format(value, _Verb(letter, flags, width, precision))

    def index(self) -> None:
        """`[2]`: the next argument is the second one."""
        if not self.template.startswith("[", self.at):
            return
        self.reordered = True
        match = _INDEX.match(self.template, self.at)
        if match and 0 < int(match[1]) <= len(self.values):
            self.argument = int(match[1]) - 1
        else:
            self.bad_index = True
        close = self.template.find("]", self.at)
        self.at = close + 1 if close >= 0 else self.at + 1

    def size(self, fault: str) -> tuple[int | None, str]:
        """A width or precision: digits, or `*` for an argument."""
        if self.template.startswith("*", self.at):
            self.at += 1
            value = self.values[self.argument] if self.argument < len(self.values) else None
            self.argument += 1
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 1_000_000:
                return value, ""
            return None, f"%!({fault})"
        if match := _NUMBER.match(self.template, self.at):
            self.at = match.end()
            return min(int(match[0]), 1_000_000), ""
        return None, ""


def _format(value: Any, verb: _Verb) -> str:
    if verb.letter == "T":
        return verb.pad(_go_type(value))
    match value:
        case None:
            return verb.pad("<nil>") if verb.letter == "v" else f"%!{verb.letter}(<nil>)"
        case bool():
            return verb.pad(str(value).lower()) if verb.letter in "tv" else _bad(value, verb)
        case int():
            return _integer(value, verb)
        case float():
            return _float(value, verb)
        case str():
            return _text(value, verb)
        case bytes():
            return _format(list(value), verb)
        case list() | tuple():
            return "[" + " ".join(_format(element, verb) for element in value) + "]"
        case Mapping():
            fields = (f"{_format(name, verb)}:{_format(value[name], verb)}" for name in sorted(value))
            return "map[" + " ".join(fields) + "]"
        case Secret() | OptionalSecret(is_secret=True):
            return verb.pad("(secret)")
        case OptionalSecret():
            return _text(value.text, verb)
        case Function():
            return verb.pad("function")
        case _:
            return verb.pad(f"capsule({quote(str(getattr(value, 'capsule_type', type(value).__name__)))})")


def _integer(value: int, verb: _Verb) -> str:
    letter = verb.letter
    if letter in _INTEGER_VERBS:
        digits = format(abs(value), _INTEGER_VERBS[letter])
        if verb.precision is not None:
            digits = "" if verb.precision == 0 and value == 0 else digits.rjust(verb.precision, "0")
            verb = replace(verb, flags=verb.flags.replace("0", ""))
        if letter == "O" or ("#" in verb.flags and letter in _PREFIXES):
            digits = _PREFIXES[letter] + digits
        return verb.pad_number(_sign(value < 0, verb) + digits)
    if letter == "c":
        return verb.pad(_character(value))
    if letter == "q":
        text = quote(_character(value))[1:-1].replace('\\"', '"').replace("'", "\\'")
        return verb.pad(f"'{text}'")
    if letter == "U":
        shown = f" '{_character(value)}'" if "#" in verb.flags else ""
        return verb.pad(f"U+{value & numbers.UINT64_MAX:04X}{shown}")
    return _bad(value, verb)


def _character(value: int) -> str:
    return chr(value) if 0 <= value < 0x110000 and not 0xD800 <= value < 0xE000 else "\ufffd"


def _float(value: float, verb: _Verb) -> str:
    letter = verb.letter
    if letter not in "vgGeEfF":
        return _bad(value, verb)
    if not math.isfinite(value):
        text = "NaN" if math.isnan(value) else "Inf"
        sign = "+" if text == "Inf" and letter == "v" and value > 0 else _sign(value < 0, verb)
        return replace(verb, flags=verb.flags.replace("0", "")).pad(sign + text)
    digits = _float_digits(abs(value), letter, verb.precision)
    return verb.pad_number(_sign(math.copysign(1, value) < 0, verb) + digits)


def _float_digits(value: float, letter: str, precision: int | None) -> str:
    if letter in "fF":
        return f"{value:.{6 if precision is None else precision}f}"
    if letter in "eE":
        return f"{value:.{6 if precision is None else precision}{letter}}"
    if precision is not None:
        return f"{value:.{max(precision, 1)}{'g' if letter == 'v' else letter}}"
    # The shortest digits that read back as the same number; `%v` changes to an exponent later than `%g`.
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    power = len(digits) - 1 + exponent if value else 0
    if -4 <= power < 21:
        return numbers.format_number(value)
    mantissa = "".join(map(str, digits))
    point = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{mantissa[0]}{point}{'E' if letter == 'G' else 'e'}{power:+03d}"


def _sign(negative: bool, verb: _Verb) -> str:
    return "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""


def _text(value: str, verb: _Verb) -> str:
    letter = verb.letter
    if letter in "xX":
        raw = value.encode("utf-8", "surrogateescape")[: verb.precision]
        digits = raw.hex(" ") if " " in verb.flags else raw.hex()
        return verb.pad(digits.upper() if letter == "X" else digits)
    if verb.precision is not None:
        value = value[: verb.precision]
    if letter == "q":
        raw_possible = "#" in verb.flags and "`" not in value and value.replace("\t", "").isprintable()
        return verb.pad(f"`{value}`" if raw_possible else quote(value))
    if letter in "sv":
        return verb.pad(quote(value) if "#" in verb.flags and letter == "v" else value)
    return _bad(value, verb)


def _bad(value: Any, verb: _Verb) -> str:
    return f"%!{verb.letter}({_go_type(value)}={_plain(value)})"


def _plain(value: Any) -> str:
    return _format(value, _Verb("v"))


def _go_type(value: Any) -> str:
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case int():
            return "uint64" if value > numbers.INT64_MAX else "int"
        case float():
            return "float64"
        case str():
            return "string"
        case Secret():
            return "alloytypes.Secret"
        case OptionalSecret():
            return "alloytypes.OptionalSecret"
        case _:
            return {"array": "[]interface {}", "object": "map[string]interface {}"}.get(
                type_name(value), type_name(value)
            )
