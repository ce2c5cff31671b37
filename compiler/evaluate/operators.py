"""Operators between values. Nothing is converted, but secrets mix with texts and stay secret."""

from __future__ import annotations

from typing import Any

from compiler.evaluate import numbers
from compiler.evaluate.errors import ConversionError, DivisionByZero, OperandType, TypeMismatch
from compiler.evaluate.types import OptionalSecret, Secret
from compiler.evaluate.values import equal, type_name

__all__ = ["OPERANDS", "binary", "compare_texts", "unary"]

_NUMBERS = ("number",)
_ORDERED = ("number", "string")
OPERANDS = {
    "+": ("number", "string", "capsule"),
    "-": _NUMBERS, "*": _NUMBERS, "/": _NUMBERS, "%": _NUMBERS, "^": _NUMBERS,
    "<": _ORDERED, "<=": _ORDERED, ">": _ORDERED, ">=": _ORDERED,
    "&&": ("bool",), "||": ("bool",),
}  # fmt: skip
"""The types that an operator takes; `==` and `!=` take all. A capsule is a secret here, other capsules are refused."""


def unary(operator: str, value: Any) -> Any:
    """`!` and `-`. Raises `ConversionError`."""
    wanted = "bool" if operator == "!" else "number"
    if type_name(value) != wanted:
        raise ConversionError(TypeMismatch(wanted, type_name(value)))
    return not value if operator == "!" else numbers.negate(value)


def binary(operator: str, left: Any, right: Any) -> Any:
    """Raises `ConversionError` whose path is (0,) or (1,): the side to blame. There is no short circuit."""
    left, right = _alike(left, right)
    if operator == "==":
        return equal(left, right)
    if operator == "!=":
        return not equal(left, right)
    kinds = type_name(left), type_name(right)
    allowed = OPERANDS[operator]
    for side, kind in enumerate(kinds):
        if kind not in allowed:
            raise ConversionError(OperandType(operator, allowed, kind), (side,))
    if kinds[0] != kinds[1]:
        raise ConversionError(TypeMismatch(kinds[0], kinds[1]), (1,))
    match kinds[0]:
        case "bool":
            return (left and right) if operator == "&&" else (left or right)
        case "string":
            return left + right if operator == "+" else compare_texts(operator, left, right)
        case "capsule":
            return _join(left, right)
        case _ if operator in "+-*/%^":
            try:
                return numbers.arithmetic(operator, left, right)
            except ZeroDivisionError:
                raise ConversionError(DivisionByZero(), (1,)) from None
        case _:
            return numbers.compare(operator, left, right)


def compare_texts(operator: str, left: str, right: str) -> bool:
    """`< <= > >=` by Unicode code points, which is the order of the bytes in UTF-8."""
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """A secret beside a text makes a secret of it; an optional secret that is none beside a text is a text."""
    match left, right:
        case Secret(), str():
            return left, Secret(right)
        case str(), Secret():
            return Secret(left), right
        case Secret(), OptionalSecret():
            return left, Secret(right.text)
        case OptionalSecret(), Secret():
            return Secret(left.text), right
        case OptionalSecret(), str():
            return (left, OptionalSecret(right, True)) if left.is_secret else (left.text, right)
        case str(), OptionalSecret():
            return (OptionalSecret(left, True), right) if right.is_secret else (left, right.text)
        case _:
            return left, right


def _join(left: Any, right: Any) -> Secret | OptionalSecret:
    match left, right:
        case Secret(), Secret():
            return Secret(left.reveal() + right.reveal())
        case OptionalSecret(), OptionalSecret():
            return OptionalSecret(left.text + right.text, left.is_secret or right.is_secret)
        case ((Secret() | OptionalSecret()), _):
            raise ConversionError(OperandType("+", ("number", "string", "secret"), "capsule"), (1,))
        case _:
            raise ConversionError(OperandType("+", ("number", "string", "secret"), "capsule"), (0,))
