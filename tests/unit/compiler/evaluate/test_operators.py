"""Every operator, by an example of each."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate import Scope, evaluate
from compiler.syntax import parse_expression


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2", 3), ('"a" + "b"', "ab"), ("1 - 2", -1), ("3 * 2", 6), ("7 / 2", 3), ("7.0 / 2", 3.5), ("7 % 4", 3), ("2 ^ 3", 8),
        ("1 == 1.0", True), ('1 != "1"', True), ("1 < 2", True), ("2 <= 1", False), ("2 > 1", True), ("1 > 1", False), ("1 >= 2", False),
        ('"b" > "a"', True), ("true && false", False), ("false || true", True), ("-3", -3), ("!true", False), ("(1)", 1),
        ("[1, 2][1]", 2), ('{a = 1}["a"]', 1), ("{a = {b = 2}}.a.b", 2), ('{"a b" = 3}["a b"]', 3),
    ],
)  # fmt: skip
def test_operators(text: str, value: Any) -> None:
    expression = parse_expression(Source("x", text), found := Diagnostics())
    assert expression is not None, [one.message for one in found]
    result = evaluate(expression, Scope())
    assert (result, type(result)) == (value, type(value))
