"""`kmon sink`."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Annotated, TextIO

import typer
import uvloop

from compiler.evaluate.types import Duration
from kmon.cli._parsers import duration, number
from kmon.cli._shared import fail, reason, unreadable
from kmon.sink import Backend, Faults, Server
from kmon.sink.faults import Outage
from kmon.sink.window import Window

__all__ = ["main"]


def _outage(text: str) -> Outage:
    first, slash, every = text.partition("/")
    outage = Outage(duration(first).seconds, duration(every).seconds if slash else None)
    if outage.every is not None and outage.every <= outage.seconds:
        raise typer.BadParameter(f"`{text}` leaves no time to be up; the second duration must be longer")
    return outage


def main(
    listen: Annotated[
        str, typer.Option(help="Address and port; port 0 takes a free one.", metavar="HOST:PORT")
    ] = "127.0.0.1:3100",
    out: Annotated[
        Path | None, typer.Option(help="Append each record as a line of JSON; `-` is stdout.", metavar="FILE")
    ] = None,
    count: Annotated[
        bool, typer.Option("--count", help="Only count records: nothing is kept, nothing can be queried.")
    ] = False,
    keep: Annotated[
        int, typer.Option(help="Entries in memory; the oldest go first.", min=1, parser=number(int, 1))
    ] = 100_000,
    keep_bytes: Annotated[int, typer.Option(help="Bytes of entries in memory.", min=1, parser=number(int, 1))] = 64
    << 20,
    failing: Annotated[
        float,
        typer.Option(
            "--fail",
            help="Part of the deliveries that fail: 503 or a connection reset.",
            min=0,
            max=1,
            parser=number(float, 0, 1),
        ),
    ] = 0.0,
    latency: Annotated[
        Duration, typer.Option(help="Wait so long before each answer.", metavar="DURATION", parser=duration)
    ] = Duration(0),  # noqa: B008
    down: Annotated[
        Outage | None,
        typer.Option(
            help="Cut all deliveries for so long after the start; `5s/60s`: for 5s of every 60s.",
            metavar="DURATION[/DURATION]",
            parser=_outage,
        ),
    ] = None,
    status: Annotated[
        str, typer.Option(help="Answer the first deliveries so, one status each.", metavar="503,400,…")
    ] = "",
    seed: Annotated[int | None, typer.Option(help="Repeat the same failures.", parser=number(int))] = None,
) -> None:
    """A receiving end for demos and tests, misbehaving on request.

    It takes Loki pushes, shows what arrived and answers queries about it.
    Push to /loki/api/v1/push; look at / (a page), /stats, /ready and /loki/api/v1/query_range, …/labels,
    …/label/NAME/values, …/series. Lines can hold secrets and the port is not guarded: listen on loopback.

    Example: kmon sink --out lines.jsonl --fail 0.1 --latency 50ms
    """
    try:
        host, port = _address(listen)
        faults = Faults(failing, latency.seconds, down or Outage(), _statuses(status), seed)
        with ExitStack() as stack:
            file = _open(stack, out)
            backend = Backend(Window(keep, keep_bytes), faults, out=file, count_only=count)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(backend, host, port))
    except ValueError as error:
        fail("sink", str(error))


async def _serve(backend: Backend, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(Server(backend, host, port))
        except OSError as error:
            fail("sink", f"cannot listen on `{host}:{port}`: {reason(error)}")
        # stdout belongs to the records when they are written there.
        typer.echo(f"kmon sink listens on {server.url} (Loki push: /loki/api/v1/push)", err=backend.out is sys.stdout)
        await stop.wait()


def _open(stack: ExitStack, out: Path | None) -> TextIO | None:
    if out is None or str(out) == "-":
        return None if out is None else sys.stdout
    try:
        return stack.enter_context(out.open("a", encoding="utf-8"))
    except OSError as error:
        fail("sink", unreadable(error))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"--listen `{text}` needs a port; write it like `127.0.0.1:3100` or `:3100`")
    return host.removeprefix("[").removesuffix("]") or "0.0.0.0", int(port)


def _statuses(text: str) -> tuple[int, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if not word.isascii() or not word.isdigit() or not 200 <= int(word) <= 599:
            raise ValueError(f"--status `{word}` is no HTTP status; write them like `503,400`")
    return tuple(map(int, words))
