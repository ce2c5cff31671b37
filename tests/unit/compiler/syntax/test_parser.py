"""Trees, recovery, and what the messages say."""

import pytest

from compiler.diagnostics import Diagnostics, Source, Span
from compiler.syntax import parse, parse_expression
from compiler.syntax.tree import Attribute, Binary, Block, Call, Expression, Identifier, Literal, Paren, Unary


def messages(text: str) -> list[str]:
    diagnostics = Diagnostics()
    parse(Source("x.alloy", text), diagnostics)
    return [f"{d.span}: {d.message}" for d in diagnostics]


def expression(text: str) -> Expression:
    parsed = parse_expression(Source("x", text), found := Diagnostics())
    assert parsed is not None, [d.message for d in found]
    return parsed


def bracketed(node: Expression) -> str:
    match node:
        case Binary():
            return f"({bracketed(node.left)} {node.operator} {bracketed(node.right)})"
        case Unary():
            return f"({node.operator}{bracketed(node.value)})"
        case Paren():
            return bracketed(node.inner)
        case Literal():
            return node.raw
        case Identifier():
            return node.name
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("2 ^ 3 ^ 2", "(2 ^ (3 ^ 2))"),
        ("-2 ^ 2", "((-2) ^ 2)"),
        ("2 * 3 ^ 2 % 4", "((2 * (3 ^ 2)) % 4)"),
        ("a || b && !c == d", "(a || (b && ((!c) == d)))"),
        ("1 < 2 == true", "((1 < 2) == true)"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("1 + 2 <= 3 - 4", "((1 + 2) <= (3 - 4))"),
    ],
)
def test_precedence(text: str, shown: str) -> None:
    assert bracketed(expression(text)) == shown


def cut(span: Span) -> str:
    return span.source.text[span.start : span.end]


def test_spans() -> None:
    text = 'loki.process "p" { // c\n  a = f(x)[0].y + (1)\n}\n'
    file = parse(Source("x", text), Diagnostics())
    (block,) = file.body.statements
    assert isinstance(block, Block)
    assert (block.id, cut(block.head), cut(block.span)) == ("loki.process.p", 'loki.process "p"', text.rstrip())
    assert [cut(comment.span) for comment in file.comments] == ["// c"]
    (attribute,) = block.body.statements
    assert isinstance(attribute, Attribute)
    assert cut(attribute.span) == "a = f(x)[0].y + (1)"
    value = attribute.value
    assert isinstance(value, Binary)
    assert (cut(value.left.span), cut(value.operator_span), cut(value.right.span)) == ("f(x)[0].y", "+", "(1)")


def test_a_call_ends_with_its_bracket() -> None:
    call = expression("f(\n  1,\n)")
    assert isinstance(call, Call)
    assert cut(call.span) == "f(\n  1,\n)"


def test_an_empty_label_is_none() -> None:
    (block,) = parse(Source("x", 'logging "" { }\n'), Diagnostics()).body.blocks
    assert (block.label, block.id) == (None, "logging")


def test_every_line_has_its_mistake_reported() -> None:
    assert messages('a {\n  b = [1 2]\n  c = 1 2\n  d = "\\d"\n  e = ]\n}\n') == [
        "x.alloy:2:10: missing `,` in the array before `2`",
        "x.alloy:3:9: expected the end of the statement, got `2`",
        "x.alloy:4:9: the escape sequence `\\d` is unknown",
        "x.alloy:5:7: expected a value, got `]`",
    ]


def test_help_says_what_to_type() -> None:
    diagnostics = Diagnostics()
    parse(Source("x", 'loki.write "my-write" { }\na {\n  b = 60s\n}\n'), diagnostics)
    assert [d.help for d in diagnostics] == [
        'letters, digits and `_` only, such as `"my_write"`',
        'durations stand in quotes: `"60s"`',
    ]


def test_an_open_bracket_is_shown() -> None:
    diagnostics = Diagnostics()
    parse(Source("x", 'logging {\n  level = "info"\n'), diagnostics)
    (diagnostic,) = diagnostics.found
    (note,) = diagnostic.notes
    assert note.span is not None
    assert (note.text, note.span.position) == ("opened here", (1, 9))


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "a = " + "-" * 5000 + "1", "a = 1" + " + 1" * 5000, "a = x" + ".x" * 5000, "a {\n" * 5000,
     "a = " + "2^" * 5000 + "1", "a = " + "(" * 5000, "a = " + "{a=" * 5000],
)  # fmt: skip
def test_endless_nesting_is_refused(text: str) -> None:
    assert any("nested deeper" in message for message in messages(text))


@pytest.mark.parametrize("text", ["1 2", "", "a = 1", "[1"])
def test_what_is_no_single_expression(text: str) -> None:
    assert parse_expression(Source("x", text), found := Diagnostics()) is None
    assert found.errors
