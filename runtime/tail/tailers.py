"""All targets of a component: which to look at now, and what they have to read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from runtime.tail.opened import OpenFile
from runtime.tail.positions import Key
from runtime.tail.tailer import Tailer

__all__ = ["Tailers"]

_BUSY_SECONDS = 10.0
_IDLE_AT_A_TIME = 512
"""Files that were quiet for a while are looked at so many at a time, so that thousands of them cost little."""


class Tailers:
    """The tailers by (path, labels). Those that were busy lately are looked at every time, the idle ones in turns."""

    def __init__(self) -> None:
        self._all: dict[Key, Tailer] = {}
        self._turns: deque[Key] = deque()
        self._readers: dict[tuple[int, int, str], list[Tailer]] | None = None

    def __iter__(self) -> Iterator[Tailer]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def get(self, key: Key) -> Tailer | None:
        return self._all.get(key)

    def add(self, tailer: Tailer) -> None:
        self._all[tailer.key] = tailer
        self._turns.append(tailer.key)

    def remove(self, tailer: Tailer) -> None:
        del self._all[tailer.key]
        self._turns.remove(tailer.key)

    def taken(self, by: Tailer, file: OpenFile) -> bool:
        """Whether another tailer with the same labels reads `file`: a pattern that also finds rotated files names them
        anew."""
        if self._readers is None:
            self._readers = {}
            for tailer in self._all.values():
                for identity in tailer.seen:
                    self._readers.setdefault((*identity, tailer.key[1]), []).append(tailer)
        others = self._readers.get((file.dev, file.inode, by.key[1]), ())
        return any(other is not by and other.has_seen(file) for other in others)

    def look(self, now: float) -> list[tuple[Tailer, OpenFile]]:
        """Let the tailers notice what changed on disk. Returns every open file with something to read."""
        self._readers = None
        ready: list[tuple[Tailer, OpenFile]] = []
        for tailer in self._due(now):
            tailer.look(now)
            ready.extend((tailer, file) for file in tailer.files if file.ready)
        return ready

    def _due(self, now: float) -> Iterable[Tailer]:
        if len(self._all) <= _IDLE_AT_A_TIME:
            return list(self._all.values())
        due = {key: tailer for key, tailer in self._all.items() if now - tailer.active_at < _BUSY_SECONDS}
        for key in list(self._turns)[:_IDLE_AT_A_TIME]:
            due.setdefault(key, self._all[key])
        self._turns.rotate(-_IDLE_AT_A_TIME)
        return due.values()
