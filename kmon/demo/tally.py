"""Keeps count of what was written and what of it arrived, line by line."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

from kmon.demo.bodies import sequence
from kmon.sink import Push

__all__ = ["EVENTS", "Count", "Key", "Tally"]

Key = tuple[str, str]
"""Pod and container."""
EVENTS: Key = ("cluster events", "")
_MESSAGE = re.compile(rb'\bmsg="((?:[^"\\]|\\.)*)" $')


@dataclass(slots=True)
class Count:
    """`arrived` counts each line once; `twice` the further arrivals; `changed` lines whose text is not what was written."""

    written: int = 0
    arrived: int = 0
    twice: int = 0
    changed: int = 0
    _checksums: dict[int, int] = field(default_factory=dict)
    _highest: int = 0

    @property
    def waiting(self) -> int:
        return self.written - self.arrived


@dataclass(slots=True)
class Tally:
    """`strangers` counts lines that nobody wrote."""

    counts: dict[Key, Count] = field(default_factory=dict)
    strangers: int = 0

    @property
    def written(self) -> int:
        return sum(count.written for count in self.counts.values())

    @property
    def arrived(self) -> int:
        return sum(count.arrived for count in self.counts.values())

    @property
    def lost(self) -> int:
        return self.written - self.arrived

    @property
    def twice(self) -> int:
        return sum(count.twice for count in self.counts.values())

    @property
    def changed(self) -> int:
        return sum(count.changed for count in self.counts.values())

    @property
    def clean(self) -> bool:
        """Every line arrived, once, as it was written, and nothing else did."""
        return self.lost == self.twice == self.changed == self.strangers == 0

    def wrote(self, key: Key, number: int, text: bytes) -> None:
        count = self.counts.setdefault(key, Count())
        count.written += 1
        count._checksums[number] = zlib.crc32(text)
        count._highest = max(count._highest, number)

    def take(self, push: Push) -> None:
        for stream in push.streams:
            for entry in stream.entries:
                if stream.labels.get("source") == "kubernetes-events":
                    message = _MESSAGE.search(entry.line)
                    self._take(EVENTS, message[1] if message else b"")
                    continue
                pod = stream.labels.get("pod") or entry.metadata.get("pod", "")
                self._take((pod, stream.labels.get("container", "")), entry.line)

    def _take(self, key: Key, line: bytes) -> None:
        count, number = self.counts.get(key), sequence(line)
        if count is None or number is None:
            self.strangers += 1
        elif number in count._checksums:
            count.arrived += 1
            count.changed += count._checksums.pop(number) != zlib.crc32(line)
        elif 0 < number <= count._highest:
            # Numbers are given without gaps, so that this one was written, and has arrived.
            count.twice += 1
        else:
            self.strangers += 1
