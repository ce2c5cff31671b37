"""Keeps the positions on disk in step with what is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path

from runtime.pause import happens
from runtime.tail import legacy
from runtime.tail.positions import Key, Part, Positions, Stored
from runtime.tail.tailer import Tailer

__all__ = ["Bookkeeper"]

_PAUSE_SECONDS = 0.005
_LOAD = 20
"""Writing takes at most one part in so many of a CPU, averaged over a few writes …"""
_SAVED_SECONDS = 0.05
"""… for which so much CPU time is saved up …"""
_LONGEST_PAUSE_SECONDS = 1.0
"""… and waits no longer than this."""
_DURABLE_SECONDS = 1.0
_FORGET_SECONDS = 60.0


class Bookkeeper:
    """The positions of tailers that work, and of targets that are gone for now (`parked`), as long as their path
    exists.

    After an acknowledgement they are written at once, then synced to the disk within a second: what the end of the
    process may repeat is what was acknowledged in the last milliseconds.
    """

    def __init__(self, folder: Path, logger: logging.Logger) -> None:
        self._folder = folder
        self._positions = Positions(folder)
        self._logger = logger
        self._stored = Stored()
        self._entries: dict[Key, tuple[Part, ...]] = {}
        self._parked: dict[Key, float] = {}
        self._dirty: dict[Key, Tailer] = {}
        self._tailers: dict[Key, Tailer] = {}
        self._news = asyncio.Event()
        self._written = asyncio.Event()
        self._forget_at = 0.0
        self._late: asyncio.TimerHandle | None = None
        self._state = "open"
        self.problem = ""

    def load(self, older: str) -> None:
        """Read what is stored; where nothing is, what Alloy left in the same folder, or else the legacy positions file
        `older`. Raises `OSError` for a file that is there and cannot be read."""
        self._stored = self._positions.load()
        if not self._positions.file.exists():
            alloy = self._folder / "positions.yml"
            if alloy.exists():
                self._stored = legacy.read(alloy)
            elif older:
                self._stored = legacy.read(Path(older))
        for note in self._stored.notes:
            self._logger.warning(note)
        now = time.monotonic()
        self._entries = dict(self._stored.parts)
        self._parked = dict.fromkeys(self._entries, now)

    def stored(self, key: Key) -> tuple[Part, ...]:
        """Where a target was when it was last followed."""
        return self._entries.get(key) or self._stored.parts.get((key[0], legacy.ANY_LABELS), ())

    def damaged(self, key: Key) -> bool:
        """Whether the target had a position that cannot be told any more."""
        if key in self._entries:
            return False
        marks = {key, (key[0], legacy.ANY_LABELS)}
        return self._stored.lost or bool(marks & self._stored.damaged)

    def open(self, tailer: Tailer) -> None:
        self._tailers[tailer.key] = tailer
        self._parked.pop(tailer.key, None)

    def park(self, tailer: Tailer) -> None:
        """The target is gone; its position stays while its file is there, for it may come back."""
        self._entries[tailer.key] = tailer.parts()
        self._tailers.pop(tailer.key, None)
        self._parked[tailer.key] = time.monotonic()
        self._news.set()

    def changed(self, tailer: Tailer) -> None:
        """Something that is to be stored moved on."""
        if self._state == "closed":
            return
        self._dirty[tailer.key] = tailer
        if self._state == "open":
            self._news.set()
        elif not any(file.acknowledged.outstanding for known in self._tailers.values() for file in known.files):
            self._write_late()
        elif self._late is None:
            self._late = asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._write_late)

    async def keep(self) -> None:
        """Writes until it is cancelled; from now on the file is ours."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sync())
            saved, since = _SAVED_SECONDS, time.monotonic()
            while True:
                # Wall time would count what a busy machine takes from us, and hold up the next write for long.
                began = time.thread_time()
                self._write()
                now = time.monotonic()
                saved = min(saved + (now - since) / _LOAD, _SAVED_SECONDS) - (time.thread_time() - began)
                since = now
                await asyncio.sleep(min(max(_PAUSE_SECONDS, -saved * _LOAD), _LONGEST_PAUSE_SECONDS))
                while not await happens(self._news, _FORGET_SECONDS):
                    if self._forget():
                        break
                self._forget()

    async def _sync(self) -> None:
        """A slow disk delays no write: those go to the page cache, which outlives the process."""
        while True:
            await self._written.wait()
            self._written.clear()
            syncing = asyncio.ensure_future(asyncio.to_thread(self._guarded_sync))
            try:
                await asyncio.shield(syncing)
            except asyncio.CancelledError:
                await syncing
                raise
            await asyncio.sleep(_DURABLE_SECONDS)

    def close(self, orderly: bool) -> None:
        """The last write of a component that ends; after an orderly end acknowledgements still count, unless another
        has begun."""
        # All of them: the size that is stored tells later how much was lost with a file.
        self._dirty.update(self._tailers)
        self._collect()
        self._guarded(durable=True)
        self._state = "late" if orderly else "closed"

    def _write(self) -> None:
        self._news.clear()
        self._collect()
        if self._guarded(durable=False):
            self._written.set()

    def _write_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._positions.file.ours():
            self._collect()
            self._guarded(durable=True)
        else:
            self._state = "closed"

    def _collect(self) -> None:
        for key, tailer in self._dirty.items():
            if key in self._tailers:
                self._entries[key] = tailer.parts()
        self._dirty.clear()

    def _guarded(self, durable: bool) -> bool:
        entries = [(key, parts) for key, parts in self._entries.items() if parts]
        try:
            self._positions.write(entries, durable)
        except OSError as error:
            self._complain(f"cannot write positions `{self._positions.file.path}`: {error.strerror or error}")
            return False
        self.problem = ""
        return True

    def _guarded_sync(self) -> None:
        try:
            self._positions.file.sync()
        except OSError as error:
            self._complain(f"cannot write positions `{self._positions.file.path}`: {error.strerror or error}")

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            self._logger.error(problem)
        self.problem = problem

    def _forget(self) -> bool:
        """Drop the positions of targets that are gone together with their files; whether there were some."""
        now = time.monotonic()
        if now < self._forget_at:
            return False
        self._forget_at = now + _FORGET_SECONDS
        gone = [
            key
            for key, since in self._parked.items()
            if now - since >= _FORGET_SECONDS and not os.path.exists(key[0])  # noqa: PTH110
        ]
        for key in gone:
            del self._parked[key]
            self._entries.pop(key, None)
        return bool(gone)
