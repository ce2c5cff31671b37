"""discovery.relabel: targets that have not changed cost nothing. What rules do is tested in `test_relabel.py` of the runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Target
from runtime.components.discovery.relabel import Arguments, Relabel
from runtime.relabel import Rule, Rules
from tests.unit.runtime.components.harness import Desk

RULES = [
    Rule(source_labels=["drop"], regex="yes", action="drop"),
    Rule(source_labels=["a"], target_label="b"),
]


def output(desk: Desk) -> list[dict[str, str]]:
    return [dict(target) for target in desk.exports[-1].output]


async def test_a_target_that_was_there_before_is_not_relabelled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    kept, dropped, new = Target({"a": "1"}), Target({"a": "2", "drop": "yes"}), Target({"a": "3"})
    component = Relabel(desk.options(), Arguments(targets=[kept, dropped], rule=RULES))
    (before,) = desk.exports[-1].output
    applied: list[Any] = []
    apply = Rules.apply

    def noted(rules: Rules, target: Target) -> dict[str, str] | None:
        applied.append(target)
        return apply(rules, target)

    monkeypatch.setattr(Rules, "apply", noted)
    await component.update(Arguments(targets=[new, kept, dropped], rule=RULES))
    assert applied == [new]
    assert output(desk) == [{"a": "3", "b": "3"}, {"a": "1", "b": "1"}]
    assert desk.exports[-1].output[1] is before


async def test_other_rules_make_all_targets_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    target = Target({"a": "1"})
    component = Relabel(desk.options(), Arguments(targets=[target], rule=RULES))
    await component.update(Arguments(targets=[target], rule=[Rule(source_labels=["a"], target_label="c")]))
    assert output(desk) == [{"a": "1", "c": "1"}]
