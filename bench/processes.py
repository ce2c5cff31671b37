"""Runs an agent and reads what it costs, from /proc: CPU seconds of the process and its peak anonymous memory."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KMON", "Agent", "free_port", "running"]

KMON = f"{shlex.quote(sys.executable)} -m kmon run {{config}} --storage.path={{storage}} --server.http.listen-addr={{listen}}"
"""The command line of kmon; a peer's names the same places: `alloy run {config} --storage.path={storage} …`."""
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Agent:
    """A running agent. `peak_anonymous` is in bytes and grows while it runs."""

    process: subprocess.Popen[bytes]
    listen: str
    peak_anonymous: int = 0

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def anonymous(self) -> int:
        """Anonymous memory now, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("RssAnon:")[2].split()[0]) * 1024

    def watch_memory(self) -> None:
        while self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError, IndexError):
                self.peak_anonymous = max(self.peak_anonymous, self.anonymous)
            time.sleep(0.05)


@contextlib.contextmanager
def running(command: str, config: Path, storage: Path, log: Path) -> Iterator[Agent]:
    """Start `command` (with {config}, {storage} and {listen} filled in), stop it at the end. Its output goes to `log`."""
    listen = f"127.0.0.1:{free_port()}"
    words = [word.format(config=config, storage=storage, listen=listen) for word in shlex.split(command)]
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT)
        agent = Agent(process, listen)
        threading.Thread(target=agent.watch_memory, daemon=True).start()
        try:
            yield agent
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
