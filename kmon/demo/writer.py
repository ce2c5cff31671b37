"""Writes the logs of the demo's containers at a steady rate, and rotates them."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kmon.demo.bodies import BODIES
from kmon.demo.files import LogFile, cri
from kmon.demo.node import Container
from kmon.demo.tally import Tally

__all__ = ["Writer"]

_TICK_SECONDS = 0.05


@dataclass(slots=True)
class _Source:
    container: Container
    file: LogFile
    following: Callable[[], int]
    rotate_at: float = float("inf")


@dataclass(slots=True)
class Writer:
    """`rate` is in lines a second over all containers, `rotate` in seconds between two rotations of a file.

    Nothing is rotated before `allow_rotation`: a collector that was never running cannot know of a renamed file.
    """

    folder: Path
    containers: list[Container]
    tally: Tally
    rate: float = 400.0
    rotate: float = 4.0
    seed: int = 1
    _sources: list[_Source] = field(init=False)
    _chance: random.Random = field(init=False)
    _stamp: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._sources = [
            _Source(container, LogFile(self.folder / container.log_folder), itertools.count(1).__next__)
            for container in self.containers
        ]

    @property
    def rotations(self) -> int:
        return sum(source.file.rotations for source in self._sources)

    def allow_rotation(self) -> None:
        """The files take turns, as they do on a node."""
        now = time.monotonic()
        for number, source in enumerate(self._sources, 1):
            source.rotate_at = now + self.rotate * number / len(self._sources)

    async def run(self) -> None:
        """Until it is cancelled."""
        owed, last = float(len(self._sources)), time.monotonic()
        try:
            while True:
                owed -= self._write(owed)
                await asyncio.sleep(_TICK_SECONDS)
                now = time.monotonic()
                # A stall must not turn into a burst that no node would see.
                owed, last = owed + min(now - last, 1.0) * self.rate, now
                self._rotate(now)
        finally:
            for source in self._sources:
                source.file.close()

    def _write(self, lines: float) -> int:
        """At least `lines`, or none if that is less than one; returns how many."""
        written, chosen = 0, self._sources
        while written < int(lines):
            for source in chosen:
                written += self._speak(source)
            chosen = self._chance.choices(self._sources, k=1)
        return written

    def _speak(self, source: _Source) -> int:
        lines = BODIES[source.container.name](self._chance, source.following)
        data = []
        for line in lines:
            # Times of one node never repeat, so that lines keep their order at the other end.
            self._stamp = max(time.time_ns(), self._stamp + 1000)
            text = line.text.encode()
            self.tally.wrote((source.container.pod, source.container.name), line.sequence, text)
            data.append(cri(text, line.stream, self._stamp))
        source.file.write(b"".join(data))
        return len(lines)

    def _rotate(self, now: float) -> None:
        for source in self._sources:
            if now >= source.rotate_at:
                source.file.rotate()
                source.rotate_at = now + self.rotate
