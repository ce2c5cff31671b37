"""Arithmetic with Go's three kinds of numbers: int64, uint64 and float64.

A Python int above the largest int64 is a uint64, any other int an int64; they wrap silently. Both sides get the larger
kind of `uint64 < int64 < float64`: so a uint64 beside an int64 is read as one (18446744073709551615 is -1).
"""

from __future__ import annotations

import math
from decimal import Decimal

__all__ = ["INT64_MAX", "UINT64_MAX", "Number", "arithmetic", "compare", "format_number", "negate", "signed"]

INT64_MAX = (1 << 63) - 1
UINT64_MAX = (1 << 64) - 1

Number = int | float


def signed(value: int) -> int:
    """Wrapped into int64."""
    return ((value + (1 << 63)) & UINT64_MAX) - (1 << 63)


def negate(value: Number) -> Number:
    return -value if isinstance(value, float) else signed(-value)


def arithmetic(operator: str, left: Number, right: Number) -> Number:
    """`+ - * / % ^`. Raises `ZeroDivisionError` for a division by zero, of floats too."""
    if operator in "/%" and right == 0:
        raise ZeroDivisionError
    if isinstance(left, float) or isinstance(right, float):
        return _floats(operator, float(left), float(right))
    if left > INT64_MAX and right > INT64_MAX:
        return _integers(operator, left, right) & UINT64_MAX
    return signed(_integers(operator, signed(left), signed(right)))


def compare(operator: str, left: Number, right: Number) -> bool:
    """`== < <= > >=`."""
    if not isinstance(left, float) and not isinstance(right, float):
        if not (left > INT64_MAX and right > INT64_MAX):
            left, right = signed(left), signed(right)
    else:
        left, right = float(left), float(right)
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case _:
            return left == right


def _integers(operator: str, left: int, right: int) -> int:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            quotient = abs(left) // abs(right)
            return quotient if (left < 0) == (right < 0) else -quotient
        case "%":
            rest = abs(left) % abs(right)
            return -rest if left < 0 else rest
        case _:
            # Alloy multiplies in a loop, which does not run for a negative exponent.
            return left if right < 0 else pow(left, right, 1 << 64)


def _floats(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case "%":
            return math.nan if math.isinf(left) else math.fmod(left, right)
        case _:
            return _power(left, right)


def _power(left: float, right: float) -> float:
    odd = right.is_integer() and right % 2 == 1
    try:
        return math.pow(left, right)
    except OverflowError:
        return -math.inf if left < 0 and odd else math.inf
    except ValueError:
        if left == 0:
            return -math.inf if math.copysign(1, left) < 0 and odd else math.inf
        return math.nan


def format_number(value: Number) -> str:
    """As text: the shortest digits that read back as the same number, never with an exponent."""
    if isinstance(value, int):
        return str(int(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")
