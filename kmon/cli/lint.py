"""`kmon lint`: mistakes that load without an error."""

from __future__ import annotations

import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kmon.cli import EXIT_CLEAN, EXIT_FINDINGS
from kmon.cli._shared import fail

if TYPE_CHECKING:
    from compiler.diagnostics import Diagnostic

__all__ = ["main"]


class OutputFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class Least(StrEnum):
    """The least severity that is shown."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Workload(StrEnum):
    """What runs a configuration."""

    DAEMONSET = "daemonset"
    DEPLOYMENT = "deployment"
    STATEFULSET = "statefulset"
    NONE = "none"


def main(
    paths: Annotated[
        list[str], typer.Argument(help=".alloy files, folders of them, values files; `-` is stdin.", metavar="FILE...")
    ],
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", help="Only these codes, or families (`KM4`); repeatable, or with commas.", metavar="CODE"
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="Not these codes or families.", metavar="CODE")
    ] = None,
    workload: Annotated[
        Workload | None, typer.Option("--workload", help="What runs the .alloy files; values say it themselves.")
    ] = None,
    severity: Annotated[
        Least, typer.Option("--severity", help="Only findings of this severity or above.")
    ] = Least.WARNING,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", help="Leave out what an earlier report (`--output-format json`) holds.", metavar="FILE"
        ),
    ] = None,
    output_format: Annotated[OutputFormat, typer.Option(help="How findings are printed.")] = OutputFormat.TEXT,
) -> None:
    """Find mistakes that load without an error.

    Wiring, paths, labels, parsing, secrets and more. Looks at configurations written by hand, by a chart or by kmon, and
    at values through what they render. Nothing is contacted or changed. `// kmon:ignore KM310 reason` above a statement
    or behind it silences a finding there. Exits with 0 when nothing is found, 1 with findings, 2 when kmon could not look.

    Example: kmon lint config.alloy values.yaml --workload daemonset --ignore KM431
    """
    from compiler.diagnostics import Severity  # noqa: PLC0415 - `--help` stays fast
    from compiler.lint import Place, Selection  # noqa: PLC0415
    from compiler.lint.baseline import BaselineError, new_findings, read_baseline  # noqa: PLC0415
    from kmon.linting import lint_inputs, read_inputs  # noqa: PLC0415

    selection = Selection(_codes(select), _codes(ignore))
    place = Place.of_workload(workload.value) if workload is not None else Place()
    try:
        inputs = read_inputs(paths, sys.stdin.read() if "-" in paths else None)
        before = read_baseline(baseline.read_text(encoding="utf-8")) if baseline is not None else None
    except OSError as error:
        fail("lint", f"{error.filename}: {(error.strerror or str(error)).lower()}")
    except UnicodeDecodeError as error:
        fail("lint", f"a file is no UTF-8: {error.reason}")
    except BaselineError as error:
        fail("lint", f"{baseline}: {error}")
    least = Severity[severity.name]
    found = [one for one in lint_inputs(inputs, place, selection) if one.severity >= least]
    if before is not None:
        found = new_findings(found, before)
    _print(found, output_format)
    raise typer.Exit(EXIT_FINDINGS if found else EXIT_CLEAN)


def _codes(texts: list[str] | None) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for text in texts or () for code in text.split(",") if code.strip())
    for code in codes:
        if not re.fullmatch(r"KM\d{0,3}", code):
            fail("lint", f"`{code}` is neither a code (`KM310`) nor a family (`KM3`)")
    return codes


def _print(found: list[Diagnostic], form: OutputFormat) -> None:
    from compiler.reporting import json_report, summary, text_report  # noqa: PLC0415

    match form:
        case OutputFormat.TEXT:
            if found:
                colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
                typer.echo(text_report(found, colour=colour), nl=False)
                typer.echo(summary(found), err=True)
        case OutputFormat.JSON:
            typer.echo(json_report(found))
        case OutputFormat.GITHUB:
            from compiler.annotations import github_report  # noqa: PLC0415

            typer.echo(github_report(found), nl=False)
        case OutputFormat.SARIF:
            from compiler.lint.registry import pages  # noqa: PLC0415
            from compiler.sarif import sarif_report  # noqa: PLC0415
            from kmon import __version__  # noqa: PLC0415

            texts = {code: (page.title, page.page) for code, page in pages().items()}
            typer.echo(sarif_report(found, __version__, texts))
