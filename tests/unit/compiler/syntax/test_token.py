"""Literals and names."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.diagnostics import Diagnostics, Source
from compiler.syntax import is_identifier, parse_expression, quote
from compiler.syntax.tree import Literal


def value_of(text: str) -> object:
    expression = parse_expression(Source("x", text), found := Diagnostics())
    assert isinstance(expression, Literal), [d.message for d in found]
    return expression.value


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", '""'),
        ("plain é 東京", '"plain é 東京"'),
        ('a"b\\c', r'"a\"b\\c"'),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        ("\x00\x1b\x7f", r'"\x00\x1b\x7f"'),
        ("\u200b\xa0\u2028\xad", r'"\u200b\u00a0\u2028\u00ad"'),
        ("\U000e0001", r'"\U000e0001"'),
        ("\udcff", r'"\xff"'),
    ],
)
def test_quote_writes_what_go_writes(text: str, literal: str) -> None:
    assert quote(text) == literal
    assert value_of(literal) == text


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_every_text_survives_quoting(text: str) -> None:
    assert value_of(quote(text)) == text


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("42", 42), ("010", 8), ("08", 8.0), ("0", 0), ("00", 0), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0),
        ("9223372036854775808", 1 << 63), ("18446744073709551616", 2.0**64),
        (r'"\x41\101é\xc3\xa9\u00e9\U0001F680"', "AAééé🚀"), ("`raw \\d\r\nx`", "raw \\d\nx"),
        ("true", True), ("false", False), ("null", None),
    ],
)  # fmt: skip
def test_literals(literal: str, value: object) -> None:
    found = value_of(literal)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["a", "_", "über", "a1", "t", "truely"])
def test_identifiers(text: str) -> None:
    assert is_identifier(text)


@pytest.mark.parametrize("text", ["", "1a", "a-b", "a.b", "true", "null", "a b", "²", "a²"])
def test_no_identifiers(text: str) -> None:
    assert not is_identifier(text)
