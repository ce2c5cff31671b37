"""`kmon render`: values in, Alloy text out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import kmon
from compiler.diagnostics import Source
from compiler.graph import to_dot, to_json, to_mermaid
from compiler.reporting import print_diagnostics
from kmon.cli import EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS

if TYPE_CHECKING:
    from compiler.pipeline import Collector

__all__ = ["main"]


class Format(StrEnum):
    """What is printed of each collector."""

    ALLOY = "alloy"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


class OutputFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


_SUFFIXES = {Format.ALLOY: "alloy", Format.JSON: "json", Format.MERMAID: "mmd", Format.DOT: "dot"}


def main(
    values: Annotated[list[str] | None, typer.Argument(help="Values files, later ones win; `-` is stdin.")] = None,
    files: Annotated[
        list[str] | None, typer.Option("-f", "--values", help="The same as an option.", metavar="FILE")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="Set a value, as in Helm.", metavar="KEY=VALUE")
    ] = None,
    set_strings: Annotated[
        list[str] | None, typer.Option("--set-string", help="Set a text, as in Helm.", metavar="KEY=VALUE")
    ] = None,
    set_files: Annotated[
        list[str] | None, typer.Option("--set-file", help="Set a value to a file's content.", metavar="KEY=FILE")
    ] = None,
    namespace: Annotated[
        str, typer.Option("-n", "--namespace", help="Where Secrets are read whose namespace is not written.")
    ] = "",
    collector: Annotated[str, typer.Option(help="Print this collector only.", metavar="NAME")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write one file a collector into a folder.", metavar="DIR")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print of each collector.")] = Format.ALLOY,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print beside each line the values key and the preset line behind it.")
    ] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Unknown and unsupported keys are warnings.")
    ] = False,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed (to stderr).")
    ] = OutputFormat.TEXT,
) -> None:
    """Render values into Alloy configuration, one text a collector.

    Exits with 0 when it rendered, 1 when the values have errors, 2 when a file cannot be read or written.

    Example: kmon render values.yaml -f live.yaml --set cluster.name=prod -o rendered/
    """
    names = [*(values or ()), *(files or ())]
    if not names and not sets:
        _fail("no values: name a file, or `-` for stdin")
    if explain and form is not Format.ALLOY:
        _fail("`--explain` goes with `--format alloy` only")
    try:
        rendering = kmon.render(
            [Source("<stdin>", sys.stdin.read()) if name == "-" else name for name in names],
            sets=sets or (),
            set_strings=set_strings or (),
            set_files=set_files or (),
            allow_unknown=allow_unknown,
            namespace=namespace,
        )
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}")
    except UnicodeDecodeError as error:
        _fail(f"a values file is no UTF-8: {error.reason}")
    print_diagnostics(rendering.diagnostics, output_format.value)
    if rendering.diagnostics.errors:
        raise typer.Exit(EXIT_FINDINGS)
    chosen = [one for one in rendering.collectors if collector in ("", one.name)]
    if collector and not chosen:
        _fail(f"there is no collector `{collector}`: {', '.join(one.name for one in rendering.collectors)}")
    _write({f"{one.name}.{_SUFFIXES[form]}": _shown(one, form, explain) for one in chosen}, output)
    raise typer.Exit(EXIT_CLEAN)


def _fail(problem: str) -> None:
    typer.echo(f"kmon render: {problem}", err=True)
    raise typer.Exit(EXIT_FAILED)


def _write(texts: dict[str, str], folder: Path | None) -> None:
    """Into `folder`, or to stdout, where each of several texts begins with a comment that names it."""
    if folder is None:
        for name, text in texts.items():
            head = f"// {name}\n" if len(texts) > 1 and name.endswith(".alloy") else ""
            typer.echo(head + text, nl=False)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}")


def _shown(collector: Collector, form: Format, explain: bool) -> str:
    if explain:
        return _explained(collector)
    match form:
        case Format.ALLOY:
            return collector.text
        case Format.JSON:
            return to_json(collector.graph)
        case Format.MERMAID:
            return to_mermaid(collector.graph)
        case Format.DOT:
            return to_dot(collector.graph)


def _explained(collector: Collector) -> str:
    """The text with three columns beside it: values key, where it is written, preset line."""
    rows = []
    for line in collector.lines:
        if line.origin is None:
            rows.append(("", "", ""))
        else:
            rows.append((line.origin.key, str(line.origin.span or "(default)"), line.preset))
    texts = [line.text.expandtabs(4) for line in collector.lines]
    width = min(max(map(len, texts), default=0), 100)
    keys = max((len(key) for key, _, _ in rows), default=0)
    places = max((len(place) for _, place, _ in rows), default=0)
    return "".join(
        f"{text:<{width}} │ {key:<{keys}} │ {place:<{places}} │ {preset}".rstrip() + "\n"
        for text, (key, place, preset) in zip(texts, rows, strict=True)
    )
