"""Sprig's functions on numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

from runtime.text.template.invalid import Invalid

__all__ = ["TABLE", "to_float", "to_int"]

_LONGEST = 100_000


def to_int(value: Any) -> int:
    """Sprig's cast: what is no number is 0, texts may be decimal, 0x, 0o or 0b."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float():
            return int(value) if math.isfinite(value) else 0
        case str():
            try:
                return int(value, 0) if not value.lstrip("+-0").startswith(tuple("123456789")) else int(value)
            except ValueError:
                return 0
        case _:
            return 0


def to_float(value: Any) -> float:
    match value:
        case bool():
            return float(value)
        case int() | float():
            return float(value)
        case str():
            try:
                return float(value)
            except ValueError:
                return 0.0
        case _:
            return 0.0


def _wrapped(value: int) -> int:
    """As int64 arithmetic overflows."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _fold(step: Callable[[int, int], int]) -> Callable[..., int]:
    return lambda first, *rest: reduce(lambda a, b: _wrapped(step(a, b)), map(to_int, rest), to_int(first))


def _divided(left: int, right: int) -> int:
    if right == 0:
        raise Invalid("integer divide by zero")
    return int(math.copysign(1, left) * math.copysign(1, right)) * (abs(left) // abs(right))


def _remainder(left: Any, right: Any) -> int:
    a, b = to_int(left), to_int(right)
    return a - b * _divided(a, b)


def _round(value: Any, places: int, at: float = 0.5) -> float:
    scaled = to_float(value) * 10**places
    whole = math.floor(scaled)
    return float((whole + (1 if scaled - whole >= at else 0)) / 10**places)


def _steps(start: int, stop: int, step: int) -> list[int]:
    if step == 0:
        return []
    found = range(start, stop, step)
    if len(found) > _LONGEST:
        raise Invalid("the list would be too long")
    return list(found)


def _until(count: int) -> list[int]:
    return _steps(0, count, 1 if count >= 0 else -1)


def _octal(value: Any) -> int:
    try:
        return int(str(value), 8)
    except ValueError:
        return 0


TABLE: dict[str, tuple[Any, ...]] = {
    "atoi": (lambda value: int(value) if value.lstrip("+-").isascii() and value.lstrip("+-").isdigit() else 0, "s"),
    "int": (to_int, "a"),
    "int64": (to_int, "a"),
    "float64": (to_float, "a"),
    "toDecimal": (_octal, "a"),
    "add": (_fold(lambda a, b: a + b), "", "a"),
    "add1": (lambda value: to_int(value) + 1, "a"),
    "sub": (lambda a, b: _wrapped(to_int(a) - to_int(b)), "aa"),
    "mul": (_fold(lambda a, b: a * b), "a", "a"),
    "div": (lambda a, b: _divided(to_int(a), to_int(b)), "aa"),
    "mod": (_remainder, "aa"),
    "max": (lambda *values: max(map(to_int, values)), "a", "a"),
    "biggest": (lambda *values: max(map(to_int, values)), "a", "a"),
    "min": (lambda *values: min(map(to_int, values)), "a", "a"),
    "addf": (lambda *values: sum(map(to_float, values)), "", "a"),
    "subf": (lambda first, *rest: to_float(first) - sum(map(to_float, rest)), "a", "a"),
    "mulf": (lambda *values: math.prod(map(to_float, values)), "a", "a"),
    "maxf": (lambda *values: max(map(to_float, values)), "a", "a"),
    "minf": (lambda *values: min(map(to_float, values)), "a", "a"),
    "ceil": (lambda value: float(math.ceil(to_float(value))), "a"),
    "floor": (lambda value: float(math.floor(to_float(value))), "a"),
    "round": (_round, "ai", "f"),
    "until": (_until, "i"),
    "untilStep": (_steps, "iii"),
}
