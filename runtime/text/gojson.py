"""JSON as Go's `encoding/json` writes it: sorted keys, `<>&` and U+2028/9 escaped, floats in its own form."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

__all__ = ["dumps", "number", "quoted"]

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def dumps(value: Any) -> str:
    """`value` is made of dict, list, str, int, float, bool and None; all numbers are floats to Go."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number(float(value))
        case str():
            return quoted(value)
        case dict():
            # Go sorts by bytes, Python by code points: for UTF-8 that is the same order.
            return "{" + ",".join(f"{quoted(name)}:{dumps(value[name])}" for name in sorted(value)) + "}"
        case _:
            return "[" + ",".join(map(dumps, value)) + "]"


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_ESCAPES)


def number(value: float) -> str:
    """The shortest digits, with an exponent below 1e-6 and from 1e21 on."""
    if not math.isfinite(value):
        return "null"
    size = abs(value)
    if size and (size < 1e-6 or size >= 1e21):
        mantissa, _, exponent = np.format_float_scientific(value, trim="-").partition("e")
        sign = "-" if exponent.startswith("-") else "+"
        digits = exponent.lstrip("+-").lstrip("0") or "0"
        # Go pads a positive exponent to two digits and cleans up a negative one.
        return f"{mantissa}e{sign}{digits.rjust(2, '0') if sign == '+' else digits}"
    text = repr(value)
    return np.format_float_positional(value, trim="-") if "e" in text else text.removesuffix(".0")
