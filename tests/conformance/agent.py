"""The agent under test: a process with Alloy's command line, asked only over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shlex
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from kmon.children import end_with_parent

__all__ = ["COMMAND", "Agent", "AgentError", "free_ports"]

COMMAND = os.environ.get("KMON_CONFORMANCE_AGENT") or f"{shlex.quote(sys.executable)} -m kmon"
_READY_SECONDS = 30.0
_STOP_SECONDS = 20.0


class AgentError(Exception):
    """The agent neither became ready nor ended, or did not stop."""


@dataclass(slots=True)
class Agent:
    """`folder` gets its configuration, storage and log; `path` in it is what is run, with `arguments` besides the usual ones."""

    folder: Path
    environment: Mapping[str, str]
    client: aiohttp.ClientSession
    listen: str
    command: str
    path: str = "config.alloy"
    arguments: Sequence[str] = ()
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> int | None:
        """Returns when the agent is ready (None) or has ended (its exit code). Raises `AgentError`."""
        command = [
            *shlex.split(self.command),
            "run",
            f"--server.http.listen-addr={self.listen}",
            f"--storage.path={self.folder}/.data",
            "--stability.level=experimental",
            "--disable-reporting",
            *self.arguments,
            f"{self.folder}/{self.path}",
        ]
        with (self.folder / ".log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if self.process.returncode is not None:
                return self.process.returncode
            try:
                async with self.client.get(f"http://{self.listen}/-/ready") as answer:
                    if answer.status == 200:
                        return None
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.05)
        raise AgentError(f"not ready after {_READY_SECONDS} seconds:\n{self.log()}")

    def signal(self, name: str) -> None:
        """`TERM`, `HUP`, … to a process that may have ended."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.Signals[f"SIG{name}"])

    async def stop(self, name: str = "TERM") -> int:
        """An orderly stop; its exit code. Raises `AgentError`."""
        assert self.process is not None
        self.signal(name)
        try:
            return await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            raise AgentError(f"still there {_STOP_SECONDS} seconds after SIG{name}:\n{self.log()}") from None

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def component(self, name: str) -> dict[str, Any]:
        async with self.client.get(f"http://{self.listen}/api/v0/web/components/{name}") as answer:
            found: dict[str, Any] = await answer.json(content_type=None) if answer.status == 200 else {}
            return found

    async def metrics(self) -> str:
        async with self.client.get(f"http://{self.listen}/metrics") as answer:
            return await answer.text()

    def log(self) -> str:
        return (self.folder / ".log").read_text(encoding="utf-8", errors="replace")[-3000:]


_PORTS = range(15_000, 32_000)
"""Below the range from which the kernel takes the ports of outgoing connections: one of those could have taken a free port
before the agent listens there."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, no two the same."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found
