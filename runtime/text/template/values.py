"""Template values: str, int, float, bool, None, list, dict; how Go prints, tests and compares them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["compare", "is_true", "kind", "printed", "text"]


def is_true(value: Any) -> bool:
    """Empty texts and collections, 0, false and nothing are not."""
    return bool(value)


def printed(value: Any) -> str:
    """As an action prints it."""
    return "<no value>" if value is None else text(value)


def text(value: Any) -> str:
    """As `%v` prints it."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return _float(value)
        case int():
            return str(value)
        case Mapping():
            return "map[" + " ".join(f"{key}:{text(value[key])}" for key in sorted(value)) + "]"
        case _:
            return "[" + " ".join(map(text, value)) + "]"


def _float(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e21):
        mantissa, _, exponent = np.format_float_scientific(value, trim="-", exp_digits=2).partition("e")
        return f"{mantissa}e{exponent}"
    shown = repr(value)
    return np.format_float_positional(value, trim="-") if "e" in shown else shown.removesuffix(".0")


def kind(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "string"
        case None:
            return "invalid"
        case _:
            return "other"


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None for values of different kinds, which Go refuses to compare."""
    if kind(left) != kind(right) or kind(left) in ("invalid", "other", "bool"):
        return None
    if isinstance(left, str):
        left, right = left.encode("utf-8", "surrogateescape"), right.encode("utf-8", "surrogateescape")
    return int(left > right) - int(left < right)
