"""The command line. One file a command, found by its name; the file is imported only when the command is asked for,
so that `kmon render` never loads what only `kmon run` needs.

A command's module has a function `main` with typer's annotations; its docstring is the help text, which begins with a line of
at most 63 characters and ends with `Example: kmon …` of at most 76.
Exit codes: 0 clean, 1 findings, 2 kmon could not do its work, 130 (by the signal) Ctrl-C, 141 whoever
reads the output has enough.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from compiler.diagnostics import did_you_mean
from kmon.cli._flags import AlloyCommand
from kmon.cli._streams import open_streams, written

__all__ = ["EXIT_CLEAN", "EXIT_FAILED", "EXIT_FINDINGS", "app", "main"]

EXIT_CLEAN, EXIT_FINDINGS, EXIT_FAILED = 0, 1, 2


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        single = typer.Typer(
            add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
        )
        # Whatever starts Alloy today writes its flags, and `run` takes its place.
        cls = AlloyCommand if cmd_name == "run" else TyperCommand
        single.command(cmd_name, cls=cls, help=_help(module.main.__doc__))(module.main)
        return typer.main.get_command(single)

    def make_context(self, *args: Any, **extra: Any) -> Any:
        with written():  # `--help` and `--version` print here
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        with written():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = did_you_mean(args[0], known)
            hint = f"did you mean `{near}`?" if near else f"there are {', '.join(known)}"
            ctx.fail(f"there is no command `{args[0]}`; {hint}")
        return super().resolve_command(ctx, args)


def _help(text: str) -> str:
    """A docstring as help; its example stands on a line of its own (`\b` keeps click from wrapping it)."""
    return re.sub(r"^Example: ", "\b\nExample:\n  ", inspect.cleandoc(text), flags=re.MULTILINE)


app = typer.Typer(
    name="kmon",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Helm values in, an explicit Grafana Alloy graph out, and a thin runtime that executes it.\n\n"
    "Exits with 0 when all is well, 1 with findings, 2 when kmon could not do its work.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from kmon import __version__  # noqa: PLC0415

        typer.echo(f"kmon {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Print the version and exit.", callback=_version, is_eager=True
    ),
) -> None:
    """The options before a command."""


def main() -> None:
    """The command line of the process."""
    open_streams()
    app(args=sys.argv[1:], prog_name="kmon")
