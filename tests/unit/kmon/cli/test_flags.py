"""Alloy's flags of `run`, written as its users write them."""

from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from kmon.cli._flags import IDLE_FLAGS, AlloyCommand

app = typer.Typer(rich_markup_mode=None)


@app.command(cls=AlloyCommand)
def command(
    path: str,
    switch: Annotated[bool, typer.Option("--feature.switch")] = False,
    value: Annotated[list[str] | None, typer.Option("--value")] = None,
) -> None:
    """Prints what it was given."""
    typer.echo(f"{path} {switch} {value}")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, env={"NO_COLOR": "1"})
    return result.exit_code, result.stdout.strip(), result.stderr.strip()


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["p"], "p False None"),
        (["--feature.switch", "p"], "p True None"),
        (["--feature.switch=true", "p"], "p True None"),
        (["--feature.switch=T", "p"], "p True None"),
        (["p", "--feature.switch=false"], "p False None"),
        (["--value", "--feature.switch=false", "p", "--value=x"], "p False ['--feature.switch=false', 'x']"),
        (["--", "p"], "p False None"),
    ],
)
def test_booleans_may_carry_their_value(arguments: list[str], printed: str) -> None:
    assert run(*arguments) == (0, printed, "")


@pytest.mark.parametrize(
    "flag",
    [
        "--disable-reporting",
        "--disable-reporting=1",
        "--server.http.enable-pprof=false",
        "--cluster.enabled=false",
        "--config.format=alloy",
        "--server.http.ui-path-prefix=/",
    ],
)
def test_what_kmon_does_anyway_is_taken_in_silence(flag: str) -> None:
    assert run(flag, "p") == (0, "p False None", "")


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (["--disable-reporting=false"], "`--disable-reporting=false` has no effect: kmon never reports usage"),
        (
            ["--server.http.enable-pprof"],
            "`--server.http.enable-pprof=true` has no effect: kmon serves no /debug/pprof",
        ),
        (["--cluster.name", "x"], "`--cluster.name=x` has no effect: kmon forms no cluster"),
        (["--server.http.ui-path-prefix=/ui"], "`--server.http.ui-path-prefix=/ui` has no effect: kmon serves at `/`"),
    ],
)
def test_what_has_no_effect_is_said(arguments: list[str], note: str) -> None:
    assert run(*arguments, "p") == (0, "p False None", f"kmon run: {note}")


@pytest.mark.parametrize(
    ("flag", "problem"),
    [
        ("--cluster.enabled", "`--cluster.enabled=true`: kmon forms no cluster"),
        ("--config.format=promtail", "`--config.format=promtail`: kmon reads Alloy configuration only"),
        ("--feature.switch=maybe", "`--feature.switch` takes true or false, not `maybe`"),
        ("--feature.swich", "there is no flag `--feature.swich`; did you mean `--feature.switch`?"),
        ("--cluster.nam=x", "there is no flag `--cluster.nam`; did you mean `--cluster.name`?"),
    ],
)
def test_what_cannot_be_done_is_refused(flag: str, problem: str) -> None:
    code, out, errors = run(flag, "p")
    assert (code, out) == (2, "")
    assert problem in errors


def test_an_agreed_value_of_a_boolean_is_a_boolean() -> None:
    for name, flag in IDLE_FLAGS.items():
        assert not flag.boolean or flag.agreed in ("true", "false"), name
