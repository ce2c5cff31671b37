"""Keeps the positions on disk in step with what is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path

from runtime.tail import legacy
from runtime.tail.pause import happens
from runtime.tail.positions import Key, Part, Positions, Stored
from runtime.tail.tailer import Tailer

__all__ = ["Bookkeeper"]

_PAUSE_SECONDS = 0.02
_LOAD = 20
"""Writing takes at most one part in so many of the time."""
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
        self._durable_at = self._forget_at = 0.0
        self._pending_sync = True
        self._late: asyncio.TimerHandle | None = None
        self._state = "open"
        self.problem = ""

    def load(self, older: str) -> None:
        """Read what is stored; where nothing is, what Alloy left in the same folder, or else the legacy positions file
        `older`. Raises `OSError` for a file that is there and cannot be read."""
        self._stored = self._positions.load()
        if not self._positions.exists():
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
        await self._write(durable=True)
        while True:
            if not await happens(self._news, _DURABLE_SECONDS if self._pending_sync else _FORGET_SECONDS):
                self._pending_sync = self._forget() or self._pending_sync
                if not self._pending_sync:
                    continue
            self._forget()
            start = time.monotonic()
            durable = start - self._durable_at >= _DURABLE_SECONDS
            await self._write(durable)
            await asyncio.sleep(_PAUSE_SECONDS if durable else max(_PAUSE_SECONDS, _LOAD * (time.monotonic() - start)))

    def close(self, orderly: bool) -> None:
        """The last write of a component that ends; after an orderly end acknowledgements still count, unless another
        has begun."""
        self._collect()
        self._guarded(durable=True)
        self._state = "late" if orderly else "closed"

    async def _write(self, durable: bool) -> None:
        self._news.clear()
        self._collect()
        if not durable:
            self._guarded(durable=False)
            self._pending_sync = True
            return
        writing = asyncio.ensure_future(asyncio.to_thread(self._guarded, True))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise
        self._durable_at, self._pending_sync = time.monotonic(), False

    def _write_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._positions.ours():
            self._collect()
            self._guarded(durable=True)
        else:
            self._state = "closed"

    def _collect(self) -> None:
        for key, tailer in self._dirty.items():
            if key in self._tailers:
                self._entries[key] = tailer.parts()
        self._dirty.clear()

    def _guarded(self, durable: bool) -> None:
        entries = [(key, parts) for key, parts in self._entries.items() if parts]
        try:
            self._positions.write(entries, durable)
        except OSError as error:
            problem = f"cannot write positions `{self._positions.path}`: {error.strerror or error}"
            if problem != self.problem:
                self._logger.error(problem)
            self.problem = problem
        else:
            self.problem = ""

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
