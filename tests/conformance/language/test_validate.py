"""What Alloy's `validate` says of a configuration: kmon's lint must find the same, where Alloy finds it, and no other error but
those of its rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from compiler.diagnostics import Diagnostics, Source
from compiler.lint import Place, lint
from compiler.lint.registry import rules
from compiler.syntax import parse
from kmon.cli import app
from tests.conformance.language.cases import Case, agrees, params, wanted_places

_RULES = {rule.code for rule in rules()}


def files(case: Case) -> dict[str, str]:
    text = case["validate"]
    if isinstance(text, str):
        return {"config.alloy": text}
    return {name: content for name, content in text.items() if name.endswith(".alloy") and name.count("/") == 1}


def _on_the_command_line(case: Case) -> bool:
    """Where a text is not all that matters, or where Alloy itself crashes."""
    return (
        case["expect"]["diagnostics"] == "panic"
        or not files(case)
        or any("line" not in d for d in case["expect"]["diagnostics"])
    )


@pytest.mark.parametrize("case", params("validate", lambda case: not _on_the_command_line(case)))
def test_same_places_same_severities(case: Case) -> None:
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in case.get("args", ()))
    place = replace(
        Place(),
        stability=flags.get("stability.level", "generally-available"),
        community="feature.community-components.enabled" in flags,
    )
    parsed = Diagnostics()
    found = lint([parse(Source(name, text), parsed) for name, text in files(case).items()], parsed, place=place)
    assert all(one.message and "\n" not in one.message and not one.message.endswith(".") for one in found)
    wanted = wanted_places(case["expect"]["diagnostics"])
    places = [(one.code, (str(one.severity), *one.span.position)) for one in found if one.span]
    agrees(
        "validate", case, sorted({at for code, at in places if code not in _RULES or at in wanted}), sorted(set(wanted))
    )


@pytest.mark.parametrize("case", params("validate", _on_the_command_line))
def test_the_command(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    texts = case["validate"] if isinstance(case["validate"], dict) else {"config.alloy": case["validate"]}
    for name, text in texts.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    done = CliRunner().invoke(app, ["lint", *case.get("args", ()), case.get("path", "config.alloy")])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    agrees("validate", case, done.exit_code != 0, case["expect"]["exit"] != 0)
