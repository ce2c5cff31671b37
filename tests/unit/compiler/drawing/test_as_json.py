"""JSON: all that is known, for programs."""

from __future__ import annotations

import json

from compiler.diagnostics import Diagnostic, Severity
from compiler.drawing.as_json import to_json
from tests.unit.compiler.drawing.pictures import MODULE, diagram


def test_an_open_module() -> None:
    nowhere = Diagnostic("KM999", Severity.WARNING, "about nothing")
    (graph,) = json.loads(to_json([diagram(MODULE, [nowhere], open_modules=True)]))["graphs"]
    assert graph["name"] == "config.alloy"
    assert graph["modules"] == [
        {
            "id": "cut.one",
            "type": "cut",
            "label": "one",
            "file": "config.alloy",
            "line": 22,
            "module": "",
            "findings": [],
        }
    ]
    (inner,) = [node for node in graph["nodes"] if node["type"] == "loki.process"]
    assert inner == {
        "id": "cut.one/loki.process.inner",
        "type": "loki.process",
        "label": "inner",
        "role": "processor",
        "file": "config.alloy",
        "line": 9,
        "module": "cut.one",
        "inside": 0,
        "findings": [],
    }
    assert {"producer": "cut.one/argument.forward_to", "consumer": "loki.write.out", "signal": "logs"} in graph["edges"]
    assert [finding["code"] for finding in graph["findings"]] == ["KM999"]
