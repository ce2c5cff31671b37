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
MODULES = ("declare", "import.", "foreach")
"""Modules are refused as a whole until they are read."""
ELSEWHERE = {
    "missing path": "the command line reads files",
    "bad stability level": "the command line reads flags",
    "number out of range is a crash": "Alloy crashes, kmon reports the number",
    "template stage with a bad template": "found when the stage is built, `kmon run` refuses it",
    "bad compression of otlp": "the words of this type are not in the catalog",
    "type error in an operator": "kmon points at the operand, Alloy at the whole expression",
    "division by zero in an attribute": "kmon points at the zero, Alloy at the whole expression",
}


def files(case: dict[str, Any]) -> dict[str, str]:
    text = case["validate"]
    if isinstance(text, str):
        return {"config.alloy": text}
    return {name: content for name, content in text.items() if name.endswith(".alloy") and name.count("/") == 1}


def in_scope(case: dict[str, Any]) -> bool:
    texts = list(files(case).values())
    return (
        case["name"] not in ELSEWHERE
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(found, dict) for found in case["expect"]["diagnostics"])
        and not any(word in text for word in MODULES for text in texts)
    )


SCOPE = [case for case in CASES if in_scope(case)]


def test_most_cases_are_in_scope() -> None:
    assert len(SCOPE) >= 0.7 * len(CASES)
    assert set(ELSEWHERE) <= {case["name"] for case in CASES}


@pytest.mark.parametrize("case", SCOPE, ids=[case["name"] for case in SCOPE])
def test_same_places_same_severities(case: dict[str, Any]) -> None:
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in case.get("args", ()))
    diagnostics = Diagnostics()
    parsed = [parse(Source(name, text), diagnostics) for name, text in files(case).items()]
    if not diagnostics.errors:
        level = flags.get("stability.level", "generally-available")
        community = "feature.community-components.enabled" in flags
        check_graph(build_graph(parsed, load_catalog(), diagnostics, stability=level, community=community), diagnostics)
    found = sorted((*d.span.position, str(d.severity)) for d in diagnostics if d.span)
    assert found == sorted((d["line"], d["column"], d["severity"]) for d in case["expect"]["diagnostics"])
    assert all(diagnostic.message for diagnostic in diagnostics)
