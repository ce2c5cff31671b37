"""Runs cases several at once: most of a case is waiting.

The first case asked for starts the whole list in the background. With pytest-xdist the workers share the list: who
creates the claim of a case runs it, and leaves the outcome in a file that all can read. So every case runs once.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from tests.conformance.case import Case
from tests.conformance.runner import run_case

__all__ = ["Pool"]

_AT_ONCE, _STARTING = 8, 2
_PATIENCE = 600.0
Run: TypeAlias = Callable[[Case, asyncio.Semaphore], Awaitable[list[str]]]


class Pool:
    def __init__(self, folder: Path, cases: Sequence[tuple[str, Case]], workers: int, run: Run = run_case) -> None:
        """`folder` is shared by all workers; `cases` are `(id, case)`, in the same order in each of them."""
        self._folder = folder
        self._cases = cases
        self._run_case = run
        self._places = {name: place for place, (name, _) in enumerate(cases)}
        self._slots = max(2, _AT_ONCE // workers)
        self._starting = max(1, _STARTING // workers)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()), name="conformance")

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """What was claimed is finished first: another worker may wait for it."""
        self._enough.set()
        self._thread.join()

    def outcome(self, name: str) -> list[str]:
        """The differences of the case; waits for them. Raises `TimeoutError`."""
        file = self._folder / f"{self._places[name]}.json"
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if file.exists():
                found: list[str] = json.loads(file.read_text(encoding="utf-8"))
                return found
            time.sleep(0.05)
        raise TimeoutError(f"no outcome of `{name}` after {_PATIENCE} seconds")

    async def _work(self) -> None:
        starting, waiting = asyncio.Semaphore(self._starting), list(reversed(list(enumerate(self._cases))))

        async def slot() -> None:
            while waiting and not self._enough.is_set():
                place, (_, case) = waiting.pop()
                if self._claim(place):
                    await self._run(place, case, starting)

        await asyncio.gather(*(slot() for _ in range(self._slots)))

    def _claim(self, place: int) -> bool:
        try:
            (self._folder / f"{place}.claim").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    async def _run(self, place: int, case: Case, starting: asyncio.Semaphore) -> None:
        try:
            found = await self._run_case(case, starting)
        except Exception as error:
            found = [f"the runner failed: {error!r}"]
        written = self._folder / f"{place}.part"
        written.write_text(json.dumps(found), encoding="utf-8")
        written.rename(self._folder / f"{place}.json")
