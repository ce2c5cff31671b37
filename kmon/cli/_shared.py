"""What several commands have in common."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from compiler.diagnostics import Source
from compiler.graph.build import STABILITY_LEVELS
from compiler.texts import decode, read_text, why
from kmon.cli import EXIT_FAILED
from kmon.cli._parsers import one_of

__all__ = [
    "AllowUnknown", "Community", "OutputFormat", "SetFiles", "SetStrings", "Sets", "Stability", "ValuesFiles",
    "fail", "read_source", "read_stdin", "reason", "unreadable",
]  # fmt: skip

Stability = Annotated[
    str,
    typer.Option(
        "--stability.level",
        help="Least stability of components that may be used.",
        metavar="LEVEL",
        parser=one_of(STABILITY_LEVELS),
    ),
]
ValuesFiles = Annotated[
    list[str] | None, typer.Option("-f", "--values", help="A values file laid upon those before.", metavar="FILE")
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Set a value, as in Helm.", metavar="KEY=VALUE")]
SetStrings = Annotated[
    list[str] | None, typer.Option("--set-string", help="Set a text, as in Helm.", metavar="KEY=VALUE")
]
SetFiles = Annotated[
    list[str] | None, typer.Option("--set-file", help="Set a value to a file's content.", metavar="KEY=FILE")
]
AllowUnknown = Annotated[bool, typer.Option("--allow-unknown", help="Unknown and unsupported keys are warnings.")]
Community = Annotated[bool, typer.Option("--feature.community-components.enabled", help="Allow community components.")]


class OutputFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


def fail(command: str, problem: str) -> NoReturn:
    """Ends `command` because it cannot do its work, which is not a finding about its input."""
    typer.echo(f"kmon {command}: {problem}", err=True)
    raise typer.Exit(EXIT_FAILED)


def reason(error: OSError) -> str:
    """Why, in the system's words: asyncio puts its own sentence about addresses before them."""
    return (os.strerror(error.errno) if error.errno else str(error)).lower()


def read_source(command: str, name: str) -> Source:
    """The text of the file `name`, or of stdin when it is `-`. What cannot be read ends the command."""
    try:
        return Source("<stdin>", read_stdin()) if name == "-" else Source(name, read_text(name))
    except OSError as error:
        fail(command, unreadable(error))


def read_stdin() -> str:
    """Raises `OSError` for what is not UTF-8."""
    return decode(sys.stdin.buffer.read(), "<stdin>").replace("\r\n", "\n")


def unreadable(error: OSError) -> str:
    """Which file cannot be read or written, where it is wrong, and why."""
    return f"{error.filename}: {why(error)}"
