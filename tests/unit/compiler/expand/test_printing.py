import pytest

from compiler.expand.printing import Code, Line, Lines, Printer, literal, object_lines, raw, rule
from compiler.values.document import Origin


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        (10.0, "10"),
        ('a "b"\n', '"a \\"b\\"\\n"'),
        (["a", 1], '["a", 1]'),
        ({"a": "b", "x-y": 1, "true": 2}, '{ a = "b", "x-y" = 1, "true" = 2 }'),
        ({}, "{}"),
        (Code('sys.env("A")'), 'sys.env("A")'),
    ],
)
def test_literals(value: object, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("value", [None, object(), [None]])
def test_there_is_no_literal_for_nothing(value: object) -> None:
    with pytest.raises(TypeError, match="no Alloy literal"):
        literal(value)


def test_the_printer_marks_what_it_prints() -> None:
    printer = Printer()
    origin = Origin("a.b")
    assert printer(Code("x", origin)) == "\0O0;x"
    assert printer(Lines((Line("one"), Line("two", origin)))) == "one\n\0O1;two"
    assert printer(Lines()) == "\0E;"
    assert printer("text") == '"text"'
    assert printer.origins == [origin, origin]


def test_only_plain_names_stand_outside_of_literals() -> None:
    assert Printer()(raw("my-logs")) == "my-logs"
    with pytest.raises(ValueError, match="no plain name"):
        raw('x" {')


def test_rules_break_long_lists() -> None:
    rows = [line.text for line in rule(None, source_labels=["a" * 60, "b" * 60], target_label="c")]
    assert rows == ["rule {", "source_labels = [", f'"{"a" * 60}",', f'"{"b" * 60}",', "]", 'target_label = "c"', "}"]


def test_objects_have_one_field_a_line() -> None:
    lines = object_lines("values = ", {"a": Code("1", Origin("own"))}, Origin("all")).lines
    assert [(line.text, line.origin and line.origin.key) for line in lines] == [
        ("values = {", "all"),
        ("a = 1,", "own"),
        ("}", "all"),
    ]
