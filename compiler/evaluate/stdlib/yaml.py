"""`encoding.from_yaml`: YAML as Go's yaml.v3 reads it (1.2, but octal numbers as in 1.1; `yes` and `no` are texts)."""

from __future__ import annotations

import base64
import datetime
import math
import re
from typing import Any

from compiler.evaluate.values import YamlMap

__all__ = ["from_yaml"]

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_SPECIAL = {
    sign + name: -value if sign == "-" else value
    for sign in ("", "+", "-")
    for value, names in ((math.inf, (".inf", ".Inf", ".INF")),)
    for name in names
} | dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan)
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[+-]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][+-]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d+))?[ \t]*(Z|[+-]\d\d?(?::?\d\d)?)?)?"
)
_TAG = "tag:yaml.org,2002:"
_MAX_NODES = 1_000_000


def from_yaml(text: str) -> Any:
    """The first document; an empty text is null. Raises `ValueError` with the place of a mistake."""
    from ruamel.yaml import YAML  # noqa: PLC0415  (costs 20 ms, and few configurations need it)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    reader = YAML(typ="safe", pure=True)
    try:
        root = reader.compose(text)
    except YAMLError as error:
        problem = getattr(error, "problem", None) or "no YAML"
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        raise ValueError(f"{' '.join(str(problem).split())}{place}") from None
    except RecursionError:
        raise ValueError("the document nests too deeply") from None
    return None if root is None else _Values(reader).value(root)


class _Values:
    def __init__(self, reader: Any) -> None:
        self.implicit_tag = reader.resolver.resolve
        self.count = 0

    def value(self, node: Any) -> Any:
        self.count += 1
        if self.count > _MAX_NODES:
            raise ValueError("the document has too many values; do its aliases multiply?")
        if node.id == "scalar":
            return self.scalar(node)
        if node.id == "sequence":
            return [self.value(item) for item in node.value]
        return self.mapping(node)

    def scalar(self, node: Any) -> Any:
        text: str = node.value
        # A tag was written when it is not the one that the text would get by itself.
        plain = not node.style and str(node.tag) == str(self.implicit_tag(type(node), text, (True, False)))
        if plain:
            return _plain_scalar(text)
        match str(node.tag).removeprefix(_TAG):
            case "int" | "bool" | "null":
                return _plain_scalar(text)
            case "float":
                return float(text) if _FLOAT.fullmatch(text) else _plain_scalar(text)
            case "binary":
                return base64.b64decode(text).decode("utf-8", "surrogateescape")
            case _:
                return text

    def mapping(self, node: Any) -> Any:
        merged: dict[Any, Any] = {}
        own: list[tuple[Any, Any]] = []
        for key, value in node.value:
            if key.id == "scalar" and key.value == "<<" and not key.style:
                for source in value.value if value.id == "sequence" else [value]:
                    for name, inherited in self.value(source).items():
                        merged.setdefault(name, inherited)
            else:
                own.append((self.value(key), self.value(value)))
        if all(isinstance(key, str) for key, _ in own):
            return merged | dict(own)
        return YamlMap([*merged.items(), *own])


def _plain_scalar(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text in _SPECIAL:
        return _SPECIAL[text]
    plain = text.replace("_", "")
    if match := _INTEGER.fullmatch(plain):
        sign, *groups = match.groups()
        base, digits = next((b, g) for b, g in zip((16, 2, 8, 10), groups, strict=True) if g)
        number = int(f"{sign}{digits}", base)
        return number if -(1 << 63) <= number < 1 << 64 else float(number)
    if _FLOAT.fullmatch(plain):
        return float(plain)
    if match := _TIMESTAMP.fullmatch(text):
        return _timestamp(text, match)
    return text


def _timestamp(text: str, match: re.Match[str]) -> str:
    """Dates and times are shown in RFC 3339, as Alloy shows Go's times."""
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        date = datetime.date(int(year), int(month), int(day))
        time = datetime.time(int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return text
    if zone in {None, "Z"}:
        zone = "Z"
    else:
        digits = zone[1:].replace(":", "")
        zone = f"{zone[0]}{digits[:-2] if len(digits) > 2 else digits:0>2}:{digits[-2:] if len(digits) > 2 else '00'}"
    fraction = (fraction or "").rstrip("0")
    return f"{date}T{time}{'.' + fraction if fraction else ''}{zone}"
