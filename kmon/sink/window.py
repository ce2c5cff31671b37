"""The newest entries in memory, bounded by number and by bytes: the oldest to arrive go first, and that is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kmon.sink.push import Push
from runtime.wire.loki_decode import Entry

__all__ = ["Kept", "KeptStream", "Window"]

_ENTRY_OVERHEAD = 200
"""Bytes that an entry costs beside its texts, roughly."""


@dataclass(slots=True, eq=False)
class KeptStream:
    """A stream with entries in the window. `entries` and `bytes` count what arrived while known, `kept` those here."""

    tenant: str
    labels: Mapping[str, str]
    entries: int = 0
    bytes: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """`number` counts entries in the order of their arrival, from 1."""

    number: int
    stream: KeptStream
    entry: Entry


@dataclass(slots=True)
class Window:
    """A stream is forgotten with its last entry, so that many short-lived label sets take no memory either."""

    max_entries: int = 100_000
    max_bytes: int = 64 << 20
    arrived: int = 0
    forgotten: int = 0
    bytes: int = 0
    _entries: deque[Kept] = field(default_factory=deque)
    _streams: dict[tuple[str, frozenset[tuple[str, str]]], KeptStream] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Kept]:
        """In the order of arrival."""
        return iter(self._entries)

    @property
    def streams(self) -> list[KeptStream]:
        return list(self._streams.values())

    def add(self, push: Push) -> None:
        for stream in push.streams:
            if not stream.entries:
                continue
            key = (push.tenant, frozenset(stream.labels.items()))
            kept = self._streams.get(key)
            if kept is None:
                kept = self._streams[key] = KeptStream(push.tenant, stream.labels)
            for entry in stream.entries:
                self.arrived += 1
                self._entries.append(Kept(self.arrived, kept, entry))
                kept.entries += 1
                kept.kept += 1
                kept.bytes += len(entry.line)
                self.bytes += _size(entry)
            self._evict()

    def newest(self, after: int, limit: int) -> list[Kept]:
        """The last `limit` entries numbered above `after`, oldest first."""
        found: list[Kept] = []
        for kept in reversed(self._entries):
            if kept.number <= after or len(found) >= limit:
                break
            found.append(kept)
        return found[::-1]

    def _evict(self) -> None:
        while self._entries and (len(self._entries) > self.max_entries or self.bytes > self.max_bytes):
            old = self._entries.popleft()
            self.forgotten += 1
            self.bytes -= _size(old.entry)
            old.stream.kept -= 1
            if not old.stream.kept:
                self._streams.pop((old.stream.tenant, frozenset(old.stream.labels.items())), None)


def _size(entry: Entry) -> int:
    return _ENTRY_OVERHEAD + len(entry.line) + sum(len(name) + len(value) for name, value in entry.metadata.items())
