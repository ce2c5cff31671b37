"""`kmon fmt`: Alloy's formatting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from compiler.diagnostics import Diagnostics, Source
from compiler.reporting import print_diagnostics
from compiler.syntax import format_text
from compiler.texts import read_text
from kmon.cli import EXIT_CLEAN, EXIT_FINDINGS
from kmon.cli._parsers import pathname
from kmon.cli._shared import fail, read_stdin, unreadable
from kmon.files import replace_text

__all__ = ["main"]


def main(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Alloy files or folders of them; `-` is stdin.", metavar="PATH", show_default=False, parser=pathname
        ),
    ],
    write: Annotated[bool, typer.Option("--write", "-w", help="Write the files instead of printing them.")] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", "--test", "-t", help="Print nothing but the names of files that would change; exit 1 if any."
        ),
    ] = False,
) -> None:
    """Format Alloy files as Alloy formats them.

    Exit code 0: formatted, 1: a file has a syntax error, or would change with --check, 2: a file cannot be read.

    Example: kmon fmt --check .
    """
    if write and check:
        fail("fmt", "`--write` and `--check` exclude each other")
    code = EXIT_CLEAN
    for path in _files(paths):
        try:
            text = read_stdin() if path == Path("-") else read_text(path)
        except OSError as error:
            fail("fmt", unreadable(error))
        diagnostics = Diagnostics()
        formatted = format_text(Source("<stdin>" if path == Path("-") else str(path), text), diagnostics)
        print_diagnostics(diagnostics)
        if formatted is None:
            code = EXIT_FINDINGS
        elif check:
            if formatted != text:
                print(path)
                code = EXIT_FINDINGS
        elif write and path != Path("-"):
            if formatted != text:
                _write(path, formatted)
        else:
            sys.stdout.write(formatted)
    raise typer.Exit(code)


def _write(path: Path, text: str) -> None:
    try:
        replace_text(path, text)
    except OSError as error:
        fail("fmt", unreadable(error))


def _files(names: list[str]) -> Iterator[Path]:
    for path in map(Path, names):
        if path.is_dir():
            found = sorted(path.rglob("*.alloy"))
            if not found:
                typer.echo(f"kmon fmt: no .alloy file in {path}", err=True)
            yield from found
        else:
            yield path
