"""`kmon demo`."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from compiler.evaluate.types import Duration
from compiler.texts import why
from kmon.cli import EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS
from kmon.cli._parsers import duration, number
from kmon.cli._shared import unreadable
from kmon.demo.agent import DemoError
from kmon.demo.demo import Options, demo
from kmon.demo.tally import Tally

__all__ = ["main"]


def main(
    for_: Annotated[
        Duration | None,
        typer.Option("--for", help="End after so long; without it, Ctrl-C ends.", metavar="DURATION", parser=duration),
    ] = None,
    rate: Annotated[
        float,
        typer.Option(
            help="Lines a second, all containers together.", min=1, max=20_000, parser=number(float, 1, 20_000)
        ),
    ] = 400.0,
    rotate: Annotated[
        Duration, typer.Option(help="Rotate each log file so often.", metavar="DURATION", parser=duration)
    ] = Duration.parse("4s"),  # noqa: B008
    fail: Annotated[
        float,
        typer.Option(
            help="Part of the deliveries that the sink refuses.", min=0, max=0.9, parser=number(float, 0, 0.9)
        ),
    ] = 0.0,
    listen: Annotated[
        int,
        typer.Option(
            "--port",
            help="Port of the sink on loopback; 0 takes a free one.",
            min=0,
            max=65535,
            parser=number(int, 0, 65535),
        ),
    ] = 0,
    keep: Annotated[
        Path | None, typer.Option(help="Leave logs, graph and storage in this new folder.", metavar="DIR")
    ] = None,
) -> None:
    """See it work: pod logs are written, collected and counted.

    A node's pods write logs, a graph rendered from values collects them, and every line is counted on arrival.
    Exits with 0 when each written line arrived once and unchanged, 1 when not, 2 when the demo could not run.

    Example: kmon demo --for 20s --fail 0.1
    """
    console = _Console()
    try:
        seconds, every = for_.seconds if for_ is not None else None, rotate.seconds
        if every < 1:
            raise ValueError("--rotate must be at least 1s: rotated files are named by the second")
        if seconds is not None and seconds < 1:
            raise ValueError("--for must be at least 1s: where nothing is written, nothing is shown")
        with ExitStack() as stack:
            folder = _folder(stack, keep)
            options = Options(folder, seconds, rate, every, fail, port=listen)
            runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
            tally = runner.run(_until_stopped(options, console))
    except (DemoError, ValueError) as error:
        typer.echo(f"kmon demo: {error}", err=True)
        raise typer.Exit(EXIT_FAILED) from None
    except BrokenPipeError:
        raise  # whoever reads has enough
    except OSError as error:
        typer.echo(f"kmon demo: {unreadable(error) if error.filename else why(error)}", err=True)
        raise typer.Exit(EXIT_FAILED) from None
    raise typer.Exit(EXIT_CLEAN if tally.clean else EXIT_FINDINGS)


class _Console(Console):
    """Leaves what a closed pipe means to the command line."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - what is being handled


async def _until_stopped(options: Options, console: Console) -> Tally:
    """The first signal ends the writing, the second everything."""
    stop, task = asyncio.Event(), asyncio.current_task()
    assert task is not None

    def asked() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, asked)
    return await demo(options, console, stop)


def _folder(stack: ExitStack, keep: Path | None) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kmon-demo-")))
    keep.mkdir(parents=True)
    return keep.resolve()
