"""The demo from start to verdict: sink, writer, agent, and a count of every line."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from kmon.demo.agent import Agent, render, running
from kmon.demo.node import containers
from kmon.demo.tally import Tally
from kmon.demo.view import View, make_view, verdict
from kmon.demo.writer import Writer
from kmon.sink import Backend, Faults, Server

__all__ = ["Options", "demo"]

_SHOW_SECONDS = 0.25
_PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` None means until `stop` is set."""

    folder: Path
    seconds: float | None = None
    rate: float = 400.0
    rotate: float = 4.0
    fail: float = 0.0
    host: str = "127.0.0.1"
    port: int = 0


async def demo(options: Options, console: Console, stop: asyncio.Event) -> Tally:
    """Runs until the time is over or `stop` is set, and then until all has arrived or nothing more does. Raises `DemoError`, `OSError`."""
    tally, logs = Tally(), options.folder / "pods"
    backend = Backend(faults=Faults(fail=options.fail, seed=1))
    backend.listeners.append(tally.take)
    writer = Writer(logs, containers(), tally, options.rate, options.rotate)
    graph = render(options.folder)
    async with Server(backend, options.host, options.port) as sink, running(graph, logs, sink.url) as agent:
        console.print(
            f"graph  {graph}\nlogs   {logs}\nsink   {sink.url}/  (open it to see the lines)\n",
            highlight=False,
            soft_wrap=True,
        )
        with make_view(console) as view:
            await _write(options, writer, agent, view, stop)
            await _finish(writer, agent, view)
    console.print(verdict(tally, writer.rotations))
    return tally


async def _write(options: Options, writer: Writer, agent: Agent, view: View, stop: asyncio.Event) -> None:
    clock = asyncio.get_running_loop().time
    start, rotating, tally = clock(), False, writer.tally
    writing = asyncio.create_task(writer.run())
    try:
        while (
            not stop.is_set() and not writing.done() and (options.seconds is None or clock() - start < options.seconds)
        ):
            agent.check()
            # A file that was never seen under its first name cannot be followed under the next.
            if not rotating and tally.counts and all(count.arrived for count in tally.counts.values()):
                writer.allow_rotation()
                rotating = True
            view.show("running" if rotating else "starting", tally, writer.rotations)
            await asyncio.sleep(_SHOW_SECONDS)
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing


async def _finish(writer: Writer, agent: Agent, view: View) -> None:
    """Waits for what is on its way, as long as something comes."""
    clock, tally = asyncio.get_running_loop().time, writer.tally
    arrived, changed = tally.arrived, clock()
    while tally.lost and clock() - changed < _PATIENCE_SECONDS:
        agent.check()
        view.show("finishing", tally, writer.rotations)
        await asyncio.sleep(_SHOW_SECONDS)
        if tally.arrived != arrived:
            arrived, changed = tally.arrived, clock()
    await agent.stop()
    view.show("finished", tally, writer.rotations)
