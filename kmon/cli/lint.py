"""`kmon lint`: mistakes that load without an error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compiler.graph.build import STABILITY_LEVELS
from kmon.cli import EXIT_CLEAN, EXIT_FINDINGS
from kmon.cli._parsers import number, one_of, pathname
from kmon.cli._shared import SetFiles, Sets, SetStrings, ValuesFiles, fail, read_stdin, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        list[str] | None,
        typer.Argument(
            help=".alloy files, folders of them, values files; `-` is stdin.", metavar="PATH", parser=pathname
        ),
    ] = None,
    files: ValuesFiles = None,
    sets: Sets = None,
    set_strings: SetStrings = None,
    set_files: SetFiles = None,
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
        Workload | None,
        typer.Option(
            "--workload", help="What runs the .alloy files; values say it themselves.", parser=one_of(Workload)
        ),
    ] = None,
    rbac: Annotated[
        Path | None,
        typer.Option(
            "--rbac",
            help="Manifests of the roles (and bindings) of all that is looked at: missing and idle permissions.",
            metavar="FILE",
        ),
    ] = None,
    objects: Annotated[
        Path | None,
        typer.Option(
            "--objects",
            help="Manifests of the Secrets and ConfigMaps that are there: which are named and missing.",
            metavar="FILE",
        ),
    ] = None,
    pods: Annotated[
        int | None,
        typer.Option("--pods", help="How many pods the cluster has.", metavar="NUMBER", min=1, parser=number(int, 1)),
    ] = None,
    stability: Annotated[
        str | None,
        typer.Option(
            "--stability.level",
            help="What the .alloy files are run with, where that is known.",
            metavar="LEVEL",
            parser=one_of(STABILITY_LEVELS),
        ),
    ] = None,
    community: Annotated[
        bool | None,
        typer.Option("--feature.community-components.enabled", help="They are run with this flag.", show_default=False),
    ] = None,
    severity: Annotated[
        Least, typer.Option("--severity", help="Only findings of this severity or above.", parser=one_of(Least))
    ] = Least.WARNING,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", help="Leave out the findings of an earlier report (`--output-format json`).", metavar="FILE"
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend in the .alloy files what can surely be mended, then show the rest.")
    ] = False,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed.", parser=one_of(OutputFormat))
    ] = OutputFormat.TEXT,
) -> None:
    """Find mistakes that load without an error.

    Wiring, paths, labels, parsing, secrets and more. Looks at configurations written by hand, by a chart or by kmon, and
    at values through what they render: each values file by itself, with what `-f` and `--set` say laid upon it. Nothing is
    contacted, and only `--fix` changes anything. `// kmon:ignore KM310 reason` (in values `# kmon:ignore KM310 reason`)
    above a statement or behind it silences a finding there. Exits with 0 when nothing is found, or nothing is left, 1 with
    findings, 2 when kmon could not look.

    Example: kmon lint config.alloy values.yaml --workload daemonset --ignore KM431
    """
    from compiler.deploy.granted import read_granted  # noqa: PLC0415 - `--help` stays fast
    from compiler.deploy.named import read_named  # noqa: PLC0415
    from compiler.deploy.reading import ManifestError  # noqa: PLC0415
    from compiler.diagnostics import Severity, Source  # noqa: PLC0415
    from compiler.lint import Cluster, Place, Selection  # noqa: PLC0415
    from compiler.lint.baseline import BaselineError, new_findings, read_baseline  # noqa: PLC0415
    from compiler.texts import read_text  # noqa: PLC0415
    from kmon.linting import Overlay, fix_inputs, lint_inputs, read_inputs  # noqa: PLC0415

    overlay = Overlay(files or (), sets or (), set_strings or (), set_files or ())
    _check_inputs(paths or [], overlay.files, bool(overlay), fix)
    selection = Selection(_codes(select), _codes(ignore))
    place = Place.of_workload(workload.value) if workload is not None else Place()
    place = replace(place, stability=stability, community=community)
    try:
        stdin = read_stdin() if "-" in (*(paths or ()), *overlay.files) else None
        inputs = read_inputs(paths or (), stdin, overlay)
        if not (inputs.configurations or inputs.values):
            # No failure, as for `alloy validate`.
            typer.echo(f"kmon lint: no .alloy file in {', '.join(paths or ())}, nothing was looked at", err=True)
        granted = read_granted(Source(str(rbac), read_text(rbac))) if rbac is not None else None
        there = read_named(Source(str(objects), read_text(objects))) if objects is not None else None
        place = replace(place, cluster=Cluster(granted, pods=pods, objects=there))
        before = read_baseline(read_text(baseline)) if baseline is not None else None

        def wanted(found: Iterable[Diagnostic]) -> list[Diagnostic]:
            chosen = [one for one in found if selection.wants(one.code) and one.severity >= Severity[severity.name]]
            return chosen if before is None else new_findings(chosen, before)

        mended: list[Diagnostic] = []
        if fix:
            inputs, mended = fix_inputs(inputs, place, wanted)
        found = wanted(lint_inputs(inputs, place, selection))
    except OSError as error:
        fail("lint", unreadable(error))
    except ManifestError as error:
        fail("lint", str(error))
    except BaselineError as error:
        fail("lint", f"{baseline}: {error}")
    _print(found, mended, output_format)
    raise typer.Exit(EXIT_FINDINGS if found else EXIT_CLEAN)


def _check_inputs(paths: list[str], over: Sequence[str], overlaid: bool, fix: bool) -> None:
    """Ends the command when what is asked for makes no sense."""
    if not paths and not overlaid:
        fail("lint", "nothing to look at: name a file or a folder, or `-` for stdin")
    if [*paths, *over].count("-") > 1:
        fail("lint", "stdin (`-`) can be read once only")
    if fix and "-" in paths:
        fail("lint", "`--fix` writes files, which stdin is not")


def _codes(texts: list[str] | None) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for text in texts or () for code in text.split(",") if code.strip())
    for code in codes:
        if not re.fullmatch(r"KM\d{0,3}", code):
            fail("lint", f"`{code}` is neither a code (`KM310`) nor a family (`KM3`)")
    return codes


def _print(found: list[Diagnostic], mended: list[Diagnostic], form: OutputFormat) -> None:
    from compiler.reporting import json_report, summary, text_report  # noqa: PLC0415

    for one in mended:
        typer.echo(f"{one.span}: fixed[{one.code}]: {one.message}", err=True)
    match form:
        case OutputFormat.TEXT:
            if found:
                colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
                typer.echo(text_report(found, colour=colour), nl=False)
            parts = [summary(found), f"{len(mended)} fixed" if mended else ""]
            if not mended and (able := sum(bool(one.fix) for one in found)):
                parts.append(f"{able} fixable by `--fix`")
            if any(parts):
                typer.echo(", ".join(part for part in parts if part), err=True)
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
