"""`kmon graph`: a picture of what runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from compiler.diagnostics import Diagnostics
from compiler.drawing import DrawingFormat, TooManyBoxesError, draw
from compiler.drawing.unfold import LIMIT
from compiler.reporting import print_diagnostics
from kmon.cli import EXIT_CLEAN, EXIT_FINDINGS
from kmon.cli._parsers import near, one_of, pathname
from kmon.cli._shared import (
    Community,
    OutputFormat,
    SetFiles,
    Sets,
    SetStrings,
    Stability,
    ValuesFiles,
    fail,
    read_stdin,
    unreadable,
)
from kmon.graphing import diagrams_of
from kmon.linting import Inputs, Overlay, read_inputs

__all__ = ["main"]


class Modules(StrEnum):
    """How custom components and `foreach` are drawn."""

    FOLDED = "folded"
    OPEN = "open"


def main(
    paths: Annotated[
        list[str],
        typer.Argument(
            help=".alloy files, folders of them, values files; `-` is stdin.", metavar="PATH", parser=pathname
        ),
    ],
    form: Annotated[
        DrawingFormat, typer.Option("--format", help="What to print.", parser=one_of(DrawingFormat))
    ] = DrawingFormat.MERMAID,
    modules: Annotated[
        Modules,
        typer.Option(
            "--modules",
            help="Custom components and `foreach` as one box, or with their insides.",
            parser=one_of(Modules),
        ),
    ] = Modules.FOLDED,
    collector: Annotated[str, typer.Option(help="Draw this collector only.", metavar="NAME")] = "",
    files: ValuesFiles = None,
    sets: Sets = None,
    set_strings: SetStrings = None,
    set_files: SetFiles = None,
    stability: Stability = "generally-available",
    community: Community = False,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed (to stderr).", parser=one_of(OutputFormat))
    ] = OutputFormat.TEXT,
) -> None:
    """Draw components and what flows between them.

    Reads configurations, and values through what they render: a picture of each collector. What `kmon lint` finds is marked
    on its component, in SVG and DOT with the message as tooltip. The SVG needs nothing but a browser. Exits with 0 when it
    drew, with or without warnings, 1 when there are errors (drawn as far as the syntax allows), 2 when a file cannot be read.

    Example: kmon graph values.yaml --format svg --modules open > graph.svg
    """
    overlay = Overlay(files or (), sets or (), set_strings or (), set_files or ())
    inputs = _read(paths, overlay)
    if not (inputs.configurations or inputs.values):
        fail("graph", f"no .alloy file in {', '.join(paths)}")
    try:
        diagrams, found = diagrams_of(
            inputs,
            stability=stability,
            community=community,
            open_modules=modules is Modules.OPEN,
        )
    except TooManyBoxesError:
        fail("graph", f"the open modules have more than {LIMIT:,} components: draw them with `--modules folded`")
    except OSError as error:
        fail("graph", f"`--set-file`: {unreadable(error)}")
    diagnostics = Diagnostics(found)
    print_diagnostics(diagnostics, output_format.value)
    chosen = [one for one in diagrams if collector in ("", one.name)]
    if chosen:
        typer.echo(draw(chosen, form, ", ".join(paths)), nl=False)
    elif diagrams:
        made = [one.name for one in diagrams]
        fail("graph", f"there is no collector `{collector}` among {', '.join(made)}{near(collector, made)}")
    raise typer.Exit(EXIT_FINDINGS if diagnostics.errors else EXIT_CLEAN)


def _read(paths: list[str], overlay: Overlay) -> Inputs:
    try:
        return read_inputs(paths, read_stdin() if "-" in (*paths, *overlay.files) else None, overlay)
    except OSError as error:
        fail("graph", unreadable(error))
