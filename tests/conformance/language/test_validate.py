"""What Alloy's `validate` says of a configuration, place by place: the typed check must find the same, where Alloy finds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import build_graph
from compiler.syntax import parse

CASES = json.loads(Path(__file__).with_name("validate.json").read_text())
DIFFERENT = {
    "template stage with a bad template": "found when the stage is built, `kmon run` refuses it",
    "type error in an operator": "kmon points at the operand, Alloy at the whole expression",
    "division by zero in an attribute": "kmon points at the zero, Alloy at the whole expression",
    "secret reference in plain config of remote.kubernetes.secret": "Alloy refuses it only when it runs",
}
NOT_COMPARED = {
    "number out of range is a crash": "Alloy crashes, kmon reports the number",
    "folder without .alloy files": "the command line reads files",
    "missing path": "the command line reads files",
    "bad stability level": "the command line reads flags",
}


def files(case: dict[str, Any]) -> dict[str, str]:
    text = case["validate"]
    if isinstance(text, str):
        return {"config.alloy": text}
    return {name: content for name, content in text.items() if name.endswith(".alloy") and name.count("/") == 1}


def found(case: dict[str, Any]) -> list[tuple[int, int, str]]:
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in case.get("args", ()))
    diagnostics = Diagnostics()
    parsed = [parse(Source(name, text), diagnostics) for name, text in files(case).items()]
    if not diagnostics.errors:
        level = flags.get("stability.level", "generally-available")
        community = "feature.community-components.enabled" in flags
        check_graph(build_graph(parsed, load_catalog(), diagnostics, stability=level, community=community), diagnostics)
    assert all(d.message and "\n" not in d.message and not d.message.endswith(".") for d in diagnostics)
    return sorted((*d.span.position, str(d.severity)) for d in diagnostics if d.span)


def test_the_lists_name_cases() -> None:
    assert {*DIFFERENT, *NOT_COMPARED} <= {case["name"] for case in CASES}


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in CASES if c["name"] not in NOT_COMPARED])
def test_same_places_same_severities(case: dict[str, Any]) -> None:
    same = found(case) == sorted((d["line"], d["column"], d["severity"]) for d in case["expect"]["diagnostics"])
    assert same is (case["name"] not in DIFFERENT)
