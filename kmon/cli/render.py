"""`kmon render`: values in, Alloy text out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import kmon
from compiler.diagnostics import Diagnostics
from compiler.reporting import print_diagnostics
from kmon.cli import EXIT_CLEAN, EXIT_FINDINGS
from kmon.cli._origins import explained
from kmon.cli._parsers import near, one_of
from kmon.cli._shared import (
    AllowUnknown,
    OutputFormat,
    SetFiles,
    Sets,
    SetStrings,
    ValuesFiles,
    fail,
    read_source,
    unreadable,
)

if TYPE_CHECKING:
    from compiler.rendering import Collector, Rendering

__all__ = ["main"]


class Format(StrEnum):
    """What is printed of each collector."""

    ALLOY = "alloy"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    MANIFESTS = "manifests"
    HELM_VALUES = "helm-values"


_DEPLOYED = (Format.MANIFESTS, Format.HELM_VALUES)


def main(
    values: Annotated[
        list[str] | None, typer.Argument(help="Values files, later ones win; `-` is stdin.", metavar="FILE")
    ] = None,
    files: ValuesFiles = None,
    sets: Sets = None,
    set_strings: SetStrings = None,
    set_files: SetFiles = None,
    namespace: Annotated[
        str,
        typer.Option(
            "-n", "--namespace", help="Where it runs, and where Secrets are read that say no other.", metavar="NAME"
        ),
    ] = "",
    collector: Annotated[str, typer.Option(help="Print this collector only.", metavar="NAME")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write one file a collector into a folder.", metavar="DIR")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.", parser=one_of(Format))] = Format.ALLOY,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print in a gutter the values key and the preset line behind each line.")
    ] = False,
    allow_unknown: AllowUnknown = False,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed (to stderr).", parser=one_of(OutputFormat))
    ] = OutputFormat.TEXT,
) -> None:
    """Render values into Alloy configuration, one text a collector.

    Exits with 0 when it rendered, with or without warnings, 1 when the values have errors, 2 when a file cannot be read or
    written.

    Example: kmon render values.yaml -f live.yaml --set cluster.name=prod -o out/
    """
    names = [*(values or ()), *(files or ())]
    if not names and not (sets or set_strings or set_files):
        fail("render", "no values: name a file, or `-` for stdin")
    if names.count("-") > 1:
        fail("render", "stdin (`-`) can be read once only")
    if explain and form is not Format.ALLOY:
        fail("render", "`--explain` goes with `--format alloy` only")
    try:
        rendering = kmon.render(
            [read_source("render", name) for name in names],
            sets=sets or (),
            set_strings=set_strings or (),
            set_files=set_files or (),
            allow_unknown=allow_unknown,
            namespace=namespace,
        )
    except OSError as error:
        fail("render", f"`--set-file`: {unreadable(error)}")
    print_diagnostics(rendering.diagnostics, output_format.value)
    if rendering.diagnostics.errors:
        raise typer.Exit(EXIT_FINDINGS)
    made = [one.name for one in rendering.collectors]
    chosen = [one for one in rendering.collectors if collector in ("", one.name)]
    if not chosen:
        fail("render", f"there is no collector `{collector}` among {', '.join(made)}{near(collector, made)}")
    if form in _DEPLOYED:
        _deploy(replace(rendering, collectors=tuple(chosen)), form, output, output_format)
    elif output is not None:
        suffix = "txt" if explain else _suffix(form)
        _write({f"{one.name}.{suffix}": _shown(one, form, explain) for one in chosen}, output)
    elif form is Format.ALLOY:
        sys.stdout.write(_headed({one.name: _shown(one, form, explain) for one in chosen}))
    else:
        sys.stdout.write(_drawn(chosen, form, ", ".join(names) or "values"))
    raise typer.Exit(EXIT_CLEAN)


def _deploy(rendering: Rendering, form: Format, output: Path | None, output_format: OutputFormat) -> None:
    """Prints or writes what runs the collectors; ends the command when Kubernetes would refuse it."""
    from compiler.deploy.printing import helm_values, manifests  # noqa: PLC0415 - with all of lint's flow
    from compiler.deployment import workloads  # noqa: PLC0415

    diagnostics = Diagnostics()
    made = workloads(rendering, diagnostics)
    print_diagnostics(diagnostics, output_format.value)
    if diagnostics.errors:
        raise typer.Exit(EXIT_FINDINGS)
    text = manifests if form is Format.MANIFESTS else helm_values
    if output is None:
        sys.stdout.write(text(made))
    else:
        _write({f"{one.name}.yaml": text([one]) for one in made}, output)


def _headed(texts: dict[str, str]) -> str:
    """Each of several texts begins with a comment that names its file."""
    heads = {name: f"// {name}.alloy\n" if len(texts) > 1 else "" for name in texts}
    return "".join(heads[name] + text for name, text in texts.items())


def _write(texts: dict[str, str], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        fail("render", unreadable(error))


def _shown(collector: Collector, form: Format, explain: bool) -> str:
    if explain:
        return explained(collector, shutil.get_terminal_size().columns)
    return collector.text if form is Format.ALLOY else _drawn([collector], form, collector.name)


def _drawn(collectors: Sequence[Collector], form: Format, title: str) -> str:
    from compiler.drawing import DrawingFormat, draw  # noqa: PLC0415 - only what is asked for
    from kmon.graphing import draw_collector  # noqa: PLC0415 - with all of lint

    return draw([draw_collector(one) for one in collectors], DrawingFormat(form.value), title)


def _suffix(form: Format) -> str:
    if form is Format.ALLOY:
        return "alloy"
    from compiler.drawing import DrawingFormat  # noqa: PLC0415

    return DrawingFormat(form.value).suffix
