"""What the delivery tests share: a receiving end that misbehaves on request, a writer of rotating files, the process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from kmon.sink.push import Push, decode_push

__all__ = ["Agent", "Answer", "Sink", "Writer", "eventually", "imbalances", "samples"]

NUMBER = re.compile(rb"\bline (\d+)\b")


def eventually(condition: Callable[[], bool], seconds: float = 30.0, what: str = "it") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f}s"
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a delivery meets: a status; 0 cuts the connection, `lost` cuts it after the lines were taken, -1 never
    answers."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    wait: float = 0.0


class Sink:
    """A Loki push endpoint in a thread of its own. `answer` is asked for each delivery, with its number and content."""

    def __init__(self, answer: Callable[[int, Push], Answer] = lambda _number, _push: Answer()) -> None:
        self.answer = answer
        self.numbers: list[int] = []
        """The numbers of the lines that were taken, in the order of arrival …"""
        self.taken_at: list[float] = []
        """… and the monotonic time at which each was."""
        self.lines: list[bytes] = []
        """Taken lines that have no number."""
        self.labels: Counter[str] = Counter()
        self.requests: list[tuple[float, int]] = []
        """Monotonic time and answered status of every delivery."""
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def counts(self) -> Counter[int]:
        return Counter(self.numbers)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _start(self) -> None:
        app = web.Application(client_max_size=100 << 20)
        app.router.add_post("/loki/api/v1/push", self._push)
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._runner.cleanup()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _push(self, request: web.Request) -> web.Response:
        body = await request.read()
        tenant = request.headers.get("X-Scope-OrgID", "")
        push = decode_push(body, request.content_type, request.headers.get("Content-Encoding", ""), tenant)
        answer = self.answer(len(self.requests), push)
        self.requests.append((time.monotonic(), answer.status))
        if answer.wait:
            await asyncio.sleep(answer.wait)
        if 200 <= answer.status < 300 or answer.lost:
            self._take(push)
        if answer.status == 0 or answer.lost:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answer.status or 500, headers=answer.headers)

    def _take(self, push: Push) -> None:
        for stream in push.streams:
            self.labels[stream.text] += len(stream.entries)
            for entry in stream.entries:
                found = NUMBER.search(entry.line)
                if found is not None:
                    self.numbers.append(int(found[1]))
                    self.taken_at.append(time.monotonic())
                else:
                    self.lines.append(entry.line)


class Writer(threading.Thread):
    """Writes lines with consecutive numbers to `files` files, `rate` a second in all, until `stop`.

    `rotate` seconds lie between rotations by rename, as the kubelet does it, or with `copy_truncate` as logrotate does
    it; 0: never. `cri` puts the container runtime's time, stream and flag in front, and every hundredth line comes in two partial pieces.
    """

    def __init__(
        self,
        folder: Path,
        files: int = 4,
        rate: int = 2000,
        rotate: float = 2.0,
        *,
        cri: bool = False,
        copy_truncate: bool = False,
        size: int = 100,
    ) -> None:
        super().__init__(daemon=True)
        self.files = [folder / f"{number}" / "0.log" for number in range(files)]
        for file in self.files:
            file.parent.mkdir(parents=True)
            file.touch()
        self.written = 0
        self._rate, self._rotate, self._cri, self._copy_truncate = rate, rotate, cri, copy_truncate
        self._filler = "x" * size
        self._enough = threading.Event()

    def targets(self) -> str:
        paths = (f'    {{ __path__ = "{file}", pod = "app-{n}" }},' for n, file in enumerate(self.files))
        return "[\n" + "\n".join(paths) + "\n  ]"

    def run(self) -> None:
        handles = [file.open("a", buffering=1) for file in self.files]
        began = rotated = time.monotonic()
        rotations = 0
        while not self._enough.wait(0.02):
            while self.written < (time.monotonic() - began) * self._rate:
                handles[self.written % len(handles)].write(self._line(self.written))
                self.written += 1
            if self._rotate and time.monotonic() - rotated > self._rotate:
                rotated, rotations = time.monotonic(), rotations + 1
                for number, file in enumerate(self.files):
                    if self._copy_truncate:
                        copy_truncate(file)
                        continue
                    file.rename(file.with_name(f"0.log.20260101-{rotations:06d}"))
                    handles[number].close()
                    handles[number] = file.open("a", buffering=1)
        for handle in handles:
            handle.close()

    def _line(self, number: int) -> str:
        text = f"line {number} {self._filler}"
        if not self._cri:
            return f"{text}\n"
        at = time.time_ns()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at % 10**9:09d}Z"
        if number % 100:
            return f"{stamp} stdout F {text}\n"
        return f"{stamp} stdout P {text[:20]}\n{stamp} stdout F {text[20:]}\n"

    def stop(self) -> int:
        """The number of lines that were written."""
        self._enough.set()
        self.join()
        return self.written


def copy_truncate(file: Path) -> None:
    """`0.log` becomes `0.log.1`, that one `0.log.2`, …"""
    older = sorted(file.parent.glob(f"{file.name}.*"), key=lambda path: -int(path.suffix[1:]))
    for path in older:
        path.rename(file.with_name(f"{file.name}.{int(path.suffix[1:]) + 1}"))
    shutil.copyfile(file, file.with_name(f"{file.name}.1"))
    os.truncate(file, 0)


class Agent:
    """`kmon run` as a process, started again on the same storage as often as one likes; `log` is the text of all."""

    def __init__(
        self,
        folder: Path,
        config: str,
        *options: str,
        environment: Mapping[str, str] | None = None,
        limits: Sequence[tuple[int, int, int]] = (),
    ) -> None:
        self.config, self.storage, self.log_file = folder / "config.alloy", folder / "storage", folder / "agent.log"
        self.config.write_text(config)
        self.log_file.touch()
        self._command = [
            *(sys.executable, "-m", "kmon", "run", str(self.config), f"--storage.path={self.storage}"),
            *("--server.http.listen-addr=127.0.0.1:0", *options),
        ]
        self._environment = {**os.environ, **(environment or {})}
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._read_from = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, wait: bool = False) -> None:
        self._read_from = self.log_file.stat().st_size
        with self.log_file.open("ab") as output:
            command = self._command
            if self._limits:
                prlimit = [f"resource.setrlimit({what}, ({soft}, {hard}))" for what, soft, hard in self._limits]
                code = f"import os, resource, sys; {'; '.join(prlimit)}; os.execv(sys.argv[1], sys.argv[1:])"
                command = [sys.executable, "-c", code, *command]
            self._process = subprocess.Popen(command, stdout=output, stderr=output, env=self._environment)
        if wait:
            self.wait_for("configuration loaded")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def hang_up(self) -> None:
        """SIGHUP, and wait until the configuration was loaded or refused."""
        at = self.log_file.stat().st_size
        os.kill(self.pid, signal.SIGHUP)
        done = re.compile("configuration (loaded|refused)")
        eventually(lambda: done.search(self._log_from(at)) is not None, 30, "the reload")

    def stop(self, seconds: float = 40.0) -> None:
        """SIGTERM: it must end in order, with the code 0, balanced books and nothing in its log that reads like a
        crash."""
        assert self._process is not None
        self._process.terminate()
        code, self._process = self._process.wait(seconds), None
        tail = self.log[-4000:]
        assert code == 0, f"exit code {code}:\n{tail}"
        assert "Traceback" not in self.log, self.log
        assert "do not balance" not in self.log, self.log

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        eventually(lambda: text in self._log_from(self._read_from), seconds, f"`{text}` in the log")

    def _log_from(self, at: int) -> str:
        return self.log_file.read_bytes()[at:].decode(errors="replace")

    def metrics(self) -> str:
        return self.get("/metrics")

    def get(self, path: str) -> str:
        addresses = re.findall(r"listening for http traffic\"? .*?addr=(\S+)", self._log_from(self._read_from))
        assert addresses, "the process does not listen yet"
        with urllib.request.urlopen(f"http://{addresses[-1]}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def stored(self, path: Path) -> bool:
        """Whether the whole file is acknowledged, and this on disk."""
        for positions in self.storage.glob("*/positions.json"):
            for entry in json.loads(positions.read_bytes())["files"]:
                if entry["path"] == str(path):
                    return bool(entry["parts"][-1]["offset"] == path.stat().st_size)
        return False

    def resident(self) -> int:
        """Anonymous resident memory in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"RssAnon:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) << 10

    def spool_files(self) -> list[Path]:
        return sorted(self.storage.glob("*/spool/*/*.spool"))

    def spool_bytes(self) -> int:
        total = 0
        for file in self.spool_files():
            try:
                total += file.stat().st_size
            except FileNotFoundError:
                continue
        return total


def samples(text: str, name: str) -> dict[tuple[tuple[str, str], ...], float]:
    """The values of one metric by labels."""
    found = {}
    for match in re.finditer(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE):
        labels = tuple(
            (key, json.loads(f'"{value}"')) for key, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[1] or "")
        )
        found[labels] = float(match[2])
    return found


def imbalances(text: str) -> dict[str, float]:
    """What the books of each component are off by, from `/metrics`; empty when they balance."""
    balance: Counter[str] = Counter()
    for labels, value in samples(text, "kmon_records_total").items():
        named = dict(labels)
        balance[_place(named)] += int(value if named["outcome"] == "taken" else -value)
    for labels, value in samples(text, "kmon_records_held").items():
        balance[_place(dict(labels))] -= int(value)
    return {component: off for component, off in balance.items() if off}


def _place(labels: Mapping[str, str]) -> str:
    return f"{labels['component_path']} {labels['component_id']}"
