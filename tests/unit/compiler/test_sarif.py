"""SARIF: what its schema requires, and what code scanning reads."""

from __future__ import annotations

import json
from typing import Any

from compiler.diagnostics import Diagnostic, Note, Severity, Source, Span
from compiler.sarif import sarif_report

TEXT = 'é = "x"\nloki.echo "e" { }\n'


def report(*found: Diagnostic) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(sarif_report(found, "1.2.3", {"KM310": ("Title", "Markdown")}))
    return log


def finding(code: str, start: int, end: int, **more: Any) -> Diagnostic:
    return Diagnostic(
        code, more.pop("severity", Severity.WARNING), "message", Span(Source("a b.alloy", TEXT), start, end), **more
    )


def test_an_empty_report_is_valid() -> None:
    log = report()
    assert (log["version"], log["runs"][0]["results"]) == ("2.1.0", [])
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
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
