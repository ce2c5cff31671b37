"""What was measured to arrive can arrive: no label of a measured line or target is denied by the analysis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.graph.read import written
from compiler.lint.module import Module, modules_of
from compiler.lint.place import Place
from compiler.syntax import parse

CASES = Path(__file__).parents[3] / "conformance"
TOPICS = sorted((*CASES.glob("loki/*.json"), *CASES.glob("kubernetes/*.json")))


def modules(topic: Path) -> Iterator[tuple[dict[str, Any], Module]]:
    for case in json.loads(topic.read_text(encoding="utf-8")):
        found = Diagnostics()
        file = parse(Source("config.alloy", case["config"]), found)
        if not found.errors and case["expect"].get("exit") in (None, 0):
            yield case, modules_of([file], Place(), found)[0]


def lines(case: dict[str, Any]) -> set[str]:
    """The labels of all lines that arrived."""
    return {name for one in case["expect"].get("records", ()) if one["k"] == "log" for name in one.get("labels", ())}


def targets(case: dict[str, Any], module: Module) -> Iterator[tuple[str, set[str]]]:
    """The labels of all targets that a component exported, before or behind a change."""
    for key, exports in case["expect"].get("exports", {}).items():
        id = key.removeprefix("before/")
        if id in module.graph.nodes:
            lists = [exports[name] for name in ("output", "targets") if name in exports]
            yield id, {label for one in lists for target in one for label in target}


def test_there_are_measurements() -> None:
    found = [one for topic in TOPICS for one in modules(topic)]
    assert len(found) > 300
    assert sum(len(lines(case)) for case, _ in found) > 500
    assert sum(len(labels) for one in found for _, labels in targets(*one)) > 500


@pytest.mark.parametrize("topic", TOPICS, ids=[topic.stem for topic in TOPICS])
def test_no_label_that_was_measured_is_denied(topic: Path) -> None:
    denied = []
    for case, module in modules(topic):
        writers = list(module.of_type("loki.write"))
        can = [module.flow.logs_into(one.id).labels for one in writers]
        added = {name for one in writers for name in written(one.block, "external_labels") or {}}
        denied += [(case["name"], label) for label in lines(case) - added if not any(one.can(label) for one in can)]
        for id, labels in targets(case, module):
            known = module.flow.targets(id).labels
            denied += [(case["name"], f"{id}: {label}") for label in labels if not known.can(label)]
    assert denied == []
