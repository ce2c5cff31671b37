"""Sprig's functions on lists and maps."""

from __future__ import annotations

from typing import Any

from runtime.text.template.invalid import Invalid
from runtime.text.template.values import is_true, text

__all__ = ["TABLE"]


def _unique(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _dict(*pairs: Any) -> dict[str, Any]:
    return {text(pairs[i]): pairs[i + 1] if i + 1 < len(pairs) else "" for i in range(0, len(pairs), 2)}


def _set(into: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    into[key] = value
    return into


def _unset(from_: dict[str, Any], key: str) -> dict[str, Any]:
    from_.pop(key, None)
    return from_


def _merged(first: dict[str, Any], *others: Any) -> dict[str, Any]:
    for other in others:
        for key, value in (other or {}).items():
            first.setdefault(key, value)
    return first


def _dig(*arguments: Any) -> Any:
    *keys, default, found = arguments
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return default
        found = found[key]
    return found


def _concat(*lists: Any) -> list[Any]:
    out: list[Any] = []
    for one in lists:
        if not isinstance(one, list):
            raise Invalid(f"cannot concat {text(one)}")
        out.extend(one)
    return out


TABLE: dict[str, tuple[Any, ...]] = {
    "list": (lambda *values: list(values), "", "a"),
    "tuple": (lambda *values: list(values), "", "a"),
    "first": (lambda values: values[0] if values else None, "l"),
    "last": (lambda values: values[-1] if values else None, "l"),
    "rest": (lambda values: values[1:], "l"),
    "initial": (lambda values: values[:-1], "l"),
    "append": (lambda values, value: [*values, value], "la"),
    "push": (lambda values, value: [*values, value], "la"),
    "prepend": (lambda values, value: [value, *values], "la"),
    "concat": (_concat, "", "a"),
    "reverse": (lambda values: values[::-1], "l"),
    "uniq": (_unique, "l"),
    "without": (lambda values, *gone: [value for value in values if value not in gone], "l", "a"),
    "has": (lambda value, values: value in values, "al"),
    "compact": (lambda values: [value for value in values if is_true(value)], "l"),
    "dict": (_dict, "", "a"),
    "get": (lambda values, key: values.get(key, ""), "ms"),
    "set": (_set, "msa"),
    "unset": (_unset, "ms"),
    "hasKey": (lambda values, key: key in values, "ms"),
    "keys": (lambda *maps: [key for one in maps for key in one], "m", "m"),
    "values": (lambda values: list(values.values()), "m"),
    "pick": (lambda values, *keys: {key: values[key] for key in keys if key in values}, "m", "s"),
    "omit": (lambda values, *keys: {key: value for key, value in values.items() if key not in keys}, "m", "s"),
    "pluck": (lambda key, *maps: [one[key] for one in maps if key in one], "s", "m"),
    "merge": (_merged, "m", "m"),
    "dig": (_dig, "saa", "a"),
}
