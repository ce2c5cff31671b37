"""The command line as one reads it: help in 80 columns with an example that parses, near commands."""

import os
import re
import shlex
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import kmon
from kmon.cli import _Commands, app


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, env={"NO_COLOR": "1", "COLUMNS": "80"}, prog_name="kmon")
    return result.exit_code, result.stdout, result.stderr


COMMANDS = _Commands(name="kmon").list_commands(None)


def test_there_are_commands() -> None:
    assert {"render", "run", "explain", "sink", "demo"} <= set(COMMANDS)


def test_version() -> None:
    assert run("--version") == (0, f"kmon {kmon.__version__}\n", "")


def test_each_command_has_its_line() -> None:
    # As a process: typer's test runner has two columns more than a terminal.
    command = [sys.executable, "-m", "kmon", "--help"]
    out = subprocess.run(
        command, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, check=True
    ).stdout
    assert "Exits with 0 when all is well, 1 with findings, 2 when" in out
    listed = re.findall(r"^  (\w+) {2,}(.+)$", out.partition("Commands:\n")[2], re.MULTILINE)
    assert [name for name, _ in listed] == COMMANDS
    for name, line in listed:
        assert line.endswith("."), name
        assert not line.endswith("..."), name


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_has_an_example_of_real_options(command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    (example,) = re.findall(r"^  Example:\n    kmon (.+)$", out, re.MULTILINE)
    words = shlex.split(example.partition(">")[0].partition("|")[0])
    assert words[0] == command
    for word in words[1:]:
        assert not word.startswith("-") or re.search(rf"^  .*(?<!\S){word}[ ,\n]", out, re.MULTILINE), word


def test_a_misspelt_command() -> None:
    code, out, errors = run("rendr")
    assert (code, out) == (2, "")
    assert "there is no command `rendr`; did you mean `render`?" in errors
    assert "there are demo, explain" in run("xyz")[2]
