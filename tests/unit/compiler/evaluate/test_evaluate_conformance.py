"""Alloy's own answers: values of expressions, decoded arguments, positions of errors."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source, Span
from compiler.evaluate import EvaluationError, OptionalSecret, Scope, Target, decode, encode, evaluate
from compiler.syntax import parse, parse_expression
from compiler.syntax.tree import Block

CASES = json.loads((Path(__file__).parents[3] / "conformance/language/expressions.json").read_text())

DIFFERENT = {
    "true + true": "Alloy points to the wrong `true`",
    "secret: local.file": "what is a component and what a part of its name, the graph knows",
    "src.three.out": "what is a component and what a part of its name, the graph knows",
    "src": "what is a component and what a part of its name, the graph knows",
}
WHOLE_COMPONENT = {
    "duration negative": "checked by the component itself",
    "scrape timeout above the interval": "checked by the component itself",
    "exports of relabelled targets": "needs the component to run",
}
TARGETS = [
    Target({"__address__": "a:1", "job": "x", "n": "1"}),
    Target({"__address__": "b:2", "n": "1"}),
]
# What the components of the cases' `setup` export.
EXPORTS = {
    "local": {
        "file": {
            "secret": {"content": OptionalSecret("s3cret\n", True)},
            "plain": {"content": OptionalSecret("s3cret\n", False)},
        }
    },
    "src": {"one": {"out": 6, "obj": {"k": ["a", 3]}}, "two": {"out": 20, "obj": {"k": ["a", 10]}}},
    "discovery": {"relabel": {"t": {"output": TARGETS}}},
}


def plain(value: dict[str, Any]) -> Any:
    """The API's shape as the cases hold it: `{"array": [...]}`, `{"object": {...}}`."""
    match value:
        case {"type": "array", "value": elements}:
            return {"array": [plain(element) for element in elements]}
        case {"type": "object", "value": fields}:
            return {"object": {field["key"]: plain(field["value"]) for field in fields}}
        case _:
            return {value["type"]: value["value"]}


def place(span: Span) -> dict[str, int]:
    line, column = span.position
    return {"line": line, "column": column}


def same(got: dict[str, Any], want: dict[str, Any]) -> bool:
    if "value" in want:
        return got == want
    # Alloy reports no place where null is to blame.
    anywhere = any("line" not in error for error in want["error"])
    wanted = [{"line": e["line"], "column": e["column"]} for e in want["error"] if "line" in e]
    return "error" in got and (anywhere or got["error"] == wanted)


def result(case: dict[str, Any]) -> dict[str, Any]:
    diagnostics = Diagnostics()
    expression = parse_expression(Source("case.alloy", case["expr"]), diagnostics)
    if expression is None:
        return {"error": [place(d.span) for d in diagnostics if d.span]}
    try:
        return {"value": plain(encode(evaluate(expression, Scope(EXPORTS if "setup" in case else {}))))}
    except EvaluationError as error:
        assert "\n" not in error.fact.message()
        return {"error": [place(error.span)]}


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in CASES if "expr" in c])
def test_expressions(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in case.get("env", {}).items():
        monkeypatch.setenv(name, text)
    assert same(result(case), case["expect"]) is (case["name"] not in DIFFERENT)


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in CASES if "decode" in c])
def test_decoded_arguments(case: dict[str, Any]) -> None:
    if case["name"] in WHOLE_COMPONENT:
        pytest.skip(WHOLE_COMPONENT[case["name"]])
    file = parse(Source("case.alloy", case["decode"]), Diagnostics())
    (block,) = file.body.statements
    assert isinstance(block, Block)
    schema = load_catalog().get(block.type)
    assert schema is not None
    diagnostics = Diagnostics()
    decoded = decode(block.body, schema.body, Scope(), diagnostics)
    expect = case["expect"]
    if "error" in expect:
        assert [place(d.span) for d in diagnostics if d.span] == [
            {"line": e["line"], "column": e["column"]} for e in expect["error"]
        ]
        return
    assert not diagnostics.found
    contained(decoded, expect["value"])


def contained(decoded: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """Alloy shows defaults that were not written, and hides what was written if it is the default."""
    for name, value in decoded.items():
        if isinstance(value, dict) and isinstance(shown.get(name), list):
            contained(value, shown[name][0])
        elif isinstance(value, list) and value and isinstance(value[0], dict) and isinstance(shown[name], list):
            for one, other in zip(value, shown[name], strict=True):
                contained(one, other)
        elif name in shown:
            assert close(plain(encode(value)), shown[name])
        else:
            assert value in ([], "(.*)", ";", "replace", "", 0, "$1")


def close(got: Any, want: Any) -> bool:
    match got, want:
        case {"number": a}, {"number": b}:
            return math.isclose(a, b)
        case _:
            return bool(got == want)
