"""Formatted text byte by byte, and the diagnostics of the parser by severity and position."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from compiler.diagnostics import Diagnostics, Source
from compiler.lint import lint
from compiler.syntax import format_text, parse
from kmon.cli import app
from tests.conformance.language.cases import Case, agrees, params, places, wanted_places


def _on_the_command_line(case: Case) -> bool:
    return "args" in case or "path" in case


@pytest.mark.parametrize("case", params("fmt", lambda case: not _on_the_command_line(case)))
def test_formatted_text(case: Case) -> None:
    expect = case["expect"]
    found = Diagnostics()
    formatted = format_text(Source("config.alloy", case["fmt"]), found)
    if expect["exit"]:
        agrees("fmt", case, (formatted, places(found)), (None, wanted_places(expect["diagnostics"])))
        return
    assert formatted is not None
    assert format_text(Source("again.alloy", formatted), Diagnostics()) == formatted
    agrees("fmt", case, formatted, expect["output"])


@pytest.mark.parametrize("case", params("fmt", _on_the_command_line))
def test_the_command(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("config.alloy").write_text(case["fmt"])
    done = CliRunner().invoke(app, ["fmt", *case.get("args", ()), case.get("path", "config.alloy")])
    expect = case["expect"]
    got = {"exit": done.exit_code != 0, "output": done.stdout, "file": Path("config.alloy").read_text()}
    wanted = {"exit": expect["exit"] != 0, "file": expect.get("file", case["fmt"])}
    wanted["output"] = expect.get("output", got["output"])
    agrees("fmt", case, got, wanted)


@pytest.mark.parametrize("case", params("parse-errors"))
def test_syntax_errors(case: Case) -> None:
    parsed = Diagnostics()
    file = parse(Source("config.alloy", case["parse"]), parsed)
    expect = case["expect"]
    agrees("parse-errors", case, places(parsed), wanted_places(expect["fmt"]))
    if expect["exit"]:
        assert places(lint([file], parsed)) == wanted_places(expect["validate"])
