import math
from typing import Any

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate import EvaluationError, OptionalSecret, Scope, Secret, Target, evaluate, stdlib
from compiler.evaluate.values import YamlMap
from compiler.syntax import parse_expression

VALUES = {"secret": Secret("s3cret"), "shown": OptionalSecret("open", False), "target": Target({"a": "1"})}


def run(text: str, **variables: Any) -> Any:
    expression = parse_expression(Source("x", text), found := Diagnostics())
    assert expression is not None, [d.message for d in found]
    return evaluate(expression, Scope({**VALUES, **variables}))


def fault(text: str, **variables: Any) -> tuple[str, str]:
    """The code, and the text that is blamed."""
    with pytest.raises(EvaluationError) as caught:
        run(text, **variables)
    span = caught.value.span
    return caught.value.fact.code, text[span.start : span.end]


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ('string.format("%6.2f|%-6.1f|%+d|% d|%06d", 3.14159, 2.5, 5, 5, -42)', "  3.14|2.5   |+5| 5|-00042"),
        ('string.format("%x %X %#x %o %O %b %c %U", 255, 255, 255, 8, 8, 5, 65, 9731)',
         "ff FF 0xff 10 0o10 101 A U+2603"),
        ('string.format("%x %X % x %q %#q", "hi", "hi", "hi", "a\\"b", "a\\"b")', '6869 6869 68 69 "a\\"b" `a"b`'),
        ('string.format("%.2s|%8.3s|", "äöü", "abcdef")', "äö|     abc|"),
        ('string.format("%e %g %G %v %v %v", 1234.5, 1e21, 1e-7, 1e20, 1e21, 1e-5)',
         "1.234500e+03 1e+21 1E-07 100000000000000000000 1e+21 1e-05"),
        ('string.format("%*d|%-*d|%.*f", 5, 1, 4, 2, 1, 2.25)', "    1|2   |2.2"),
        ('string.format("%[3]d %[1]d %d", 1, 2, 3)', "3 1 2"),
        ('string.format("%[5]d %d", 1)', "%!d(BADINDEX) 1"),
        ('string.format("%d %", 1)', "1 %!(NOVERB)"),
        ('string.format("%!", 1)', "%!!(int=1)"),
        ('string.format("%t %d", "x", true)', "%!t(string=x) %!d(bool=true)"),
        ('string.format("%d %s", [1, "a"], {b = "c"})', "[1 %!d(string=a)] map[b:c]"),
        ('string.format("%v %s %v", secret, secret, shown)', "(secret) (secret) open"),
        ('string.format("%T %T %T", [1], {}, null)', "[]interface {} map[string]interface {} <nil>"),
        ('string.format("a", null, "x")', "a%!(EXTRA <nil>, string=x)"),
        ('string.to_upper("ŉß") + string.to_lower("İ")', "ŉßi"),
        ('string.trim_space("\\u0085\\u00a0x\\u001c")', "x\x1c"),
        ('file.path_join("//a", "../../b")', "/b"),
        ('coalesce(null, "", target)', Target({"a": "1"})),
        ('encoding.url_decode("a%20b+c%C3%A9")', "a b cé"),
        ('encoding.to_json({a = 0.0000001, b = 1.5e300, c = 1e20, d = -0.5, e = [shown], f = 0.000001})',
         '{"a":1e-7,"b":1.5e+300,"c":100000000000000000000,"d":-0.5,"e":["open"],"f":0.000001}'),
        ('encoding.to_json({"é" = "<&>\\u2028"})', '{"é":"\\u003c\\u0026\\u003e\\u2028"}'),
        ("array.concat([1], encoding.from_base64(\"YQ==\"))", [1, 97]),
        ('array.group_by([{a = "y"}, {a = "x"}, {a = "y", b = 1}], "a", true)',
         [{"a": "y", "items": [{"a": "y"}, {"a": "y", "b": 1}]}, {"a": "x", "items": [{"a": "x"}]}]),
        ('secret + "x"', Secret("s3cretx")),
        ('shown + "x"', "openx"),
        ("secret == \"s3cret\"", True),
        ("target.a + target[\"a\"]", "11"),
    ],
)  # fmt: skip
def test_results(call: str, result: Any) -> None:
    assert run(call) == result


@pytest.mark.parametrize(
    ("call", "code", "blamed"),
    [
        ("string.join([1, [2]], \",\")", "KM221", "[2]"),
        ("string.join(([1, (true)]), \",\")", "KM221", "(true)"),
        ("encoding.to_json({a = [1, secret]})", "KM230", "secret"),
        ('array.group_by([{a = "x"}, {b = 1, a = [2]}], "a", true)', "KM221", "[2]"),
        ("array.combine_maps([{}], [{}], [1])", "KM221", "1"),
        ('string.trim("x", secret)', "KM230", "secret"),
        ("string.nope()", "KM224", "nope"),
        ("target.b", "KM224", "b"),
        ("secret.b", "KM225", "secret"),
        ("[1][1.0 / 0.0 * 2]", "KM223", "0.0"),
        ("secret + target", "KM222", "target"),
        ("strng.trim(1)", "KM220", "strng"),
        ("json_path(\"[1]\", \"$[0:1:0]\")", "KM229", "json_path"),
        ("encoding.from_json(\"NaN\")", "KM229", "encoding.from_json"),
        ("encoding.from_yaml(\"a: b: c\")", "KM229", "encoding.from_yaml"),
    ],
)  # fmt: skip
def test_faults_point_to_the_part_to_blame(call: str, code: str, blamed: str) -> None:
    assert fault(call) == (code, blamed)


BOOKS = '[{"t": "A", "p": 8, "isbn": "1"}, {"t": "B", "p": 12}, {"t": "C", "p": 9}]'
DOCUMENT = f'{{"store": {{"book": {BOOKS}, "bike": {{"p": 20}}}}}}'


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("$.store.book[*].t", ["A", "B", "C"]),
        ("store.book[0].t", ["A"]),
        ("$['store'][\"bike\"].p", [20]),
        ("$..p", [8, 12, 9, 20]),
        ("$.store.book[-1].t", ["C"]),
        ("$.store.book[0,2].t", ["A", "C"]),
        ("$.store.book[0]['t','p']", ["A", 8]),
        ("$.store.book[:2].t", ["A", "B"]),
        ("$.store.book[::2].t", ["A", "C"]),
        ("$.store.book[?(@.isbn)].t", ["A"]),
        ("$.store.book[?(!@.isbn)].t", ["B", "C"]),
        ("$.store.book[?(@.p < 10 && @.t != 'A')].t", ["C"]),
        ("$.store.book[?(@.p > 11 || (@.p == 8 && @.isbn == \"1\"))].t", ["A", "B"]),
        ("$.store.book[?(@.p < $.store.bike.p)].t", ["A", "B", "C"]),
        ("$.store.book[?(@.t >= 'B')].p", [12, 9]),
        ("$.store.*.p", [20]),
        ("$.store..nope", []),
        ("$.store.book[9]", []),
    ],
)  # fmt: skip
def test_json_path(path: str, result: list[Any]) -> None:
    assert run("json_path(document, path)", document=DOCUMENT, path=path) == result


@pytest.mark.parametrize("path", ["$.", "$[", "$[]", "$[?(@.a ==)]", "$.a b", "$[?(@.a]", "$['a]", "x]"])
def test_bad_json_path(path: str) -> None:
    assert fault("json_path(document, path)", document=DOCUMENT, path=path)[0] == "KM229"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0o17", 15), ("017", 15), ("08", 8.0), ("0b11", 3), ("1_000", 1000), ("-0x10", -16), (".inf", math.inf),
        ("~", None), ("'~'", "~"), ("no", "no"), ("TRUE", True),
        ("!!str 12", "12"), ("!!float 1", 1.0), ("!!int '1'", 1),
        ("!!binary YWI=", "ab"), ("!own x", "x"), ("12e03", 12000.0),
        ("2001-12-14T21:59:43.10-05:00", "2001-12-14T21:59:43.1-05:00"), ("2001-13-40", "2001-13-40"),
        ("base: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3", {"base": {"x": 1, "y": 2}, "d": {"x": 1, "y": 3}}),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)  # fmt: skip
def test_yaml(text: str, value: Any) -> None:
    found = run("encoding.from_yaml(document)", document=text)
    assert found == value
    assert type(found) is type(value)


def test_yaml_with_other_keys_can_only_be_passed_on() -> None:
    assert isinstance(run("encoding.from_yaml(document)", document="1: x"), YamlMap)


def test_aliases_cannot_multiply_without_end() -> None:
    bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    assert fault("encoding.from_yaml(document)", document=bomb)[0] == "KM229"


def test_variables_shadow_functions_and_parents_are_asked() -> None:
    outer = Scope({"string": {"x": 1}, "a": 1})
    inner = Scope({"a": 2}, outer)
    assert inner.lookup("string") == {"x": 1}
    assert inner.lookup("a") == 2
    assert inner.lookup("sys")["env"].name == "sys.env"
    with pytest.raises(KeyError):
        inner.lookup("nope")


def test_stability_and_deprecated_names() -> None:
    assert stdlib.stability("array.group_by") == "experimental"
    assert stdlib.stability("concat") == "generally-available"
    assert stdlib.stability("array.nope") is None
    assert stdlib.DEPRECATED["yaml_decode"] == "encoding.from_yaml"
    assert stdlib.is_standard("constants")
    assert not stdlib.is_standard("loki")
    assert set(stdlib.DEPRECATED.values()) <= set(stdlib.FUNCTIONS)
