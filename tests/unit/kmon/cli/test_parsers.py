"""A bad value of an option: what is wrong with it, and what to write instead."""

import pytest
import typer
from typer.testing import CliRunner

from compiler.evaluate.types import Duration
from kmon.cli import app
from kmon.cli._parsers import duration, number, one_of, size


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, env={"NO_COLOR": "1", "COLUMNS": "80"}, prog_name="kmon")
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("sink", "--latency"),
        ("sink", "--down"),
        ("demo", "--for"),
        ("demo", "--rotate"),
        ("run c.alloy", "--feature.component-shutdown-deadline"),
    ],
)
def test_a_duration_without_a_unit_says_what_to_write(command: str, option: str) -> None:
    sentence = f"Error: Invalid value for '{option}': `5` has no unit; write it like `5s` or `5ms`"
    assert refused(*command.split(), f"{option}=5") == sentence


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("50ms", 0.05), ("1m30s", 90), ("1.5h", 5400)])
def test_durations_are_gos(text: str, seconds: float) -> None:
    assert duration(text).seconds == seconds
    assert duration(Duration.parse(text)).seconds == seconds, "a default"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no duration"),
        ("1d", "is no duration"),
        ("1s2", "is no duration"),
        ("2.5", "has no unit"),
        ("-1s", "is below zero"),
    ],
)
def test_what_is_no_duration(text: str, problem: str) -> None:
    with pytest.raises(typer.BadParameter, match=problem):
        duration(text)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            "graph x --format dto",
            "'--format': `dto` is none of mermaid, dot, svg, json; did you mean `dot`?",
        ),
        ("render x --output-format yaml", "'--output-format': `yaml` is none of text, json"),
        (
            "lint x --stability.level stable",
            "'--stability.level': `stable` is none of experimental, public-preview, generally-available",
        ),
        ("lint x --pods many", "'--pods': `many` is no whole number of at least 1"),
        ("sink --fail 3", "'--fail': `3` is no number from 0 to 1"),
        ("sink --fail nan", "'--fail': `nan` is no number from 0 to 1"),
        ("sink --seed x", "'--seed': `x` is no whole number"),
        (
            "run x --storage.spool-size=big",
            "'--storage.spool-size': `big` is no size; write it like `512MiB` or `1GiB`",
        ),
    ],
)
def test_a_bad_value_is_named_with_what_is_known(arguments: str, problem: str) -> None:
    assert refused(*arguments.split()) == f"Error: Invalid value for {problem}"


def test_values() -> None:
    assert one_of(["a", "b"])("b") == "b"
    assert number(int, 1)("2") == 2
    assert number(float, 0, 1)("0.5") == 0.5
    assert size("1GiB") == 1 << 30


@pytest.mark.parametrize("command", ["run", "lint", "graph", "fmt", "inventory"])
def test_an_empty_name_is_not_this_folder(command: str) -> None:
    assert refused(command, "") == "Error: Invalid value for 'PATH': it is empty; write `.` for this folder"
