"""Values in the shape that Alloy's component API shows them: `{"type": "string", "value": "x"}`.

Objects are lists of `{"key": ..., "value": ...}`, sorted by key. Secrets are never shown, nor are passwords in URLs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from compiler.confidential import without_password
from compiler.evaluate.types import ByteSize, Duration, OptionalSecret, Secret
from compiler.evaluate.values import Function
from compiler.syntax.token import quote

__all__ = ["encode"]


def encode(value: Any) -> dict[str, Any]:
    """JSON-ready. Numbers are floats, spelled as Go spells them; durations and sizes are texts."""
    match value:
        case None:
            return {"type": "null", "value": None}
        case bool():
            return {"type": "bool", "value": value}
        case Duration() | ByteSize():
            return {"type": "string", "value": str(value)}
        case int() | float():
            return {"type": "number", "value": _number(value)}
        case str():
            return {"type": "string", "value": without_password(value) if "://" in value else value}
        case list() | tuple() | bytes():
            return {"type": "array", "value": [encode(element) for element in value]}
        case Mapping():
            fields = [{"key": name, "value": encode(value[name])} for name in sorted(value)]
            return {"type": "object", "value": fields}
        case Function():
            return {"type": "function", "value": "function"}
        case Secret() | OptionalSecret(is_secret=True):
            return {"type": "capsule", "value": "(secret)"}
        case OptionalSecret():
            return {"type": "capsule", "value": quote(value.text)}
        case _:
            if name := getattr(value, "capsule_name", ""):
                return {"type": "capsule", "value": name}
            kind = str(getattr(value, "capsule_type", type(value).__name__))
            return {"type": "capsule", "value": f"capsule({quote(kind)})"}


def _number(value: float) -> int | float | None:
    """The nearest float64: whole ones as an integer of its shortest digits, as JavaScript would show them."""
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(Decimal(repr(number))) if number.is_integer() and abs(number) < 1e21 else number
