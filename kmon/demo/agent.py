"""The demo's agents: each rendered graph under `kmon run`, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import kmon
from compiler.diagnostics import Source
from compiler.reporting import text_report
from kmon.children import end_with_parent
from kmon.demo import node

__all__ = ["Agent", "DemoError", "render", "running"]

_STOP_SECONDS = 15.0


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass(frozen=True, slots=True)
class Agent:
    process: asyncio.subprocess.Process
    log: Path

    def check(self) -> None:
        """Raises `DemoError` when the agent has ended."""
        if self.process.returncode is not None:
            tail = "".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-20:])
            raise DemoError(f"`kmon run` ended with {self.process.returncode}:\n{tail}")

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


def render(folder: Path) -> list[Path]:
    """The demo's values as Alloy files, one a collector. Raises `DemoError`."""
    rendering = kmon.render([Source("values.yaml", node.values())])
    if rendering.diagnostics.errors:
        raise DemoError(f"the demo's values do not render:\n{text_report(rendering.diagnostics)}")
    files = []
    for collector in rendering.collectors:
        files.append(folder / f"{collector.name}.alloy")
        files[-1].write_text(collector.text, encoding="utf-8")
    return files


@asynccontextmanager
async def running(graph: Path, logs: Path, events: Path, sink_url: str) -> AsyncIterator[Agent]:
    """`kmon run` on a port of its own, beside `graph`; it is stopped in order at the end."""
    folder = graph.parent
    inventory, log = folder / "inventory.yaml", graph.with_suffix(".log")
    inventory.write_text(node.inventory(), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "kmon", "run", str(graph)),
        f"--inventory={inventory}",
        f"--inventory={events}",
        f"--storage.path={folder / 'storage' / graph.stem}",
        "--server.http.listen-addr=127.0.0.1:0",
    ]
    environment = {
        **os.environ,
        "HOSTNAME": node.node_name(),
        "KMON_DEMO_LOGS": str(logs),
        "KMON_DEMO_LOKI_URL": f"{sink_url}/loki/api/v1/push",
    }
    with log.open("wb") as output:
        # A session of its own: Ctrl-C ends the writer first, and the agent when it has delivered the rest.
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
    agent = Agent(process, log)
    try:
        yield agent
    finally:
        await agent.stop()
