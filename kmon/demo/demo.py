"""The demo from start to verdict: sink, writers, an agent for each collector, and a count of every line."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from kmon.demo.agent import Agent, render, running
from kmon.demo.events import EventWriter
from kmon.demo.node import containers
from kmon.demo.tally import Tally
from kmon.demo.view import View, make_view, verdict
from kmon.demo.writer import Writer
from kmon.sink import Backend, Faults, Server

__all__ = ["Options", "demo"]

_SHOW_SECONDS = 0.25
_PATIENCE_SECONDS = 15.0
_START_SECONDS = 60.0
"""How long the first lines of everything may take."""


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` count from when lines of everything have arrived; None means until `stop` is set."""

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
    events = EventWriter(options.folder / "events.json", containers(), tally)
    graphs = render(options.folder)
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(Server(backend, options.host, options.port))
        console.print(
            "\n".join([*(f"graph  {graph}" for graph in graphs), f"logs   {logs}", f"events {events.file}"])
            + f"\nsink   {sink.url}/  (open it to see the lines)\n",
            highlight=False,
            soft_wrap=True,
        )
        agents = [await stack.enter_async_context(running(graph, logs, events.file, sink.url)) for graph in graphs]
        with make_view(console) as view:
            await _write(options, writer, events, agents, view, stop)
            await _finish(writer, agents, view)
    console.print(verdict(tally, writer.rotations))
    return tally


async def _write(
    options: Options,
    writer: Writer,
    events: EventWriter,
    agents: Sequence[Agent],
    view: View,
    stop: asyncio.Event,
) -> None:
    clock, tally = asyncio.get_running_loop().time, writer.tally
    end, running = clock() + _START_SECONDS, False
    writing = asyncio.gather(writer.run(), events.run())
    try:
        while not stop.is_set() and not writing.done() and clock() < end:
            _check(agents)
            # A file that was never seen under its first name cannot be followed under the next.
            if not running and tally.counts and all(count.arrived for count in tally.counts.values()):
                writer.allow_rotation()
                running, end = True, clock() + (options.seconds or float("inf"))
            view.show("running" if running else "starting", tally, writer.rotations)
            await asyncio.sleep(_SHOW_SECONDS)
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing


async def _finish(writer: Writer, agents: Sequence[Agent], view: View) -> None:
    """Waits for what is on its way, as long as something comes."""
    clock, tally = asyncio.get_running_loop().time, writer.tally
    arrived, changed = tally.arrived, clock()
    while tally.lost and clock() - changed < _PATIENCE_SECONDS:
        _check(agents)
        view.show("finishing", tally, writer.rotations)
        await asyncio.sleep(_SHOW_SECONDS)
        if tally.arrived != arrived:
            arrived, changed = tally.arrived, clock()
    for agent in agents:
        await agent.stop()
    view.show("finished", tally, writer.rotations)


def _check(agents: Sequence[Agent]) -> None:
    """Raises `DemoError` when one has ended."""
    for agent in agents:
        agent.check()
