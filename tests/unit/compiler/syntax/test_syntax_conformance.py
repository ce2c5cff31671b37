"""Alloy's own answers: formatted text byte by byte, diagnostics by severity and position."""

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.syntax import format_text, parse

CASES = Path(__file__).parents[3] / "conformance" / "language"

DIFFERENT = {
    "raw string keeps its lines": "Alloy strips blanks inside of raw strings, which changes the value",
    "escapes inside object keys": "Alloy doubles backslashes of quoted keys each time it formats",
}


def cases(topic: str) -> list[Any]:
    listed = json.loads((CASES / f"{topic}.json").read_text())
    return [pytest.param(c, id=c["name"]) for c in listed if "args" not in c and "path" not in c]


@pytest.mark.parametrize("case", cases("fmt"))
def test_formatted_text(case: dict[str, Any]) -> None:
    expect = case["expect"]
    diagnostics = Diagnostics()
    formatted = format_text(Source("config.alloy", case["fmt"]), diagnostics)
    if expect["exit"]:
        assert formatted is None
        assert positions(diagnostics) == wanted(expect["diagnostics"])
        return
    assert formatted is not None
    assert (formatted == expect["output"]) is (case["name"] not in DIFFERENT)
    assert format_text(Source("again.alloy", formatted), Diagnostics()) == formatted


@pytest.mark.parametrize("case", cases("parse-errors"))
def test_positions_of_diagnostics(case: dict[str, Any]) -> None:
    diagnostics = Diagnostics()
    parse(Source("config.alloy", case["parse"]), diagnostics)
    assert positions(diagnostics) == wanted(case["expect"]["fmt"])
    assert all(d.message and "\n" not in d.message and not d.message.endswith(".") for d in diagnostics)


def positions(diagnostics: Diagnostics) -> list[tuple[str, int, int]]:
    return sorted((str(d.severity), *d.span.position) for d in diagnostics if d.span)


def wanted(listed: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return sorted((d["severity"], d["line"], d["column"]) for d in listed)
