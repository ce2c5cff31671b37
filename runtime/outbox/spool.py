"""A bounded queue of encoded requests on disk, first in first out.

* Segment files, appended to, deleted when all their records are done. A record is handed out once (`next`) and then
  either `done` or `give_back`, which hands it out again before younger ones.
* Disk use never exceeds `cap`: before a record is written that does not fit, the oldest segment goes, and what it
  held is a `Loss` with reason `spool_full`. Records that cannot be read are a `Loss` with reason `spool_corrupt`.
* After a kill or a crash everything that was written is handed out again, oldest first, except what was done.
* File mode 0600; one process at a time (an advisory lock on the folder).

Blocking and not thread-safe: an outbox calls it from one thread of its own. `records`, `waiting` and `size` are plain
numbers and may be read from anywhere.
"""

from __future__ import annotations

import fcntl
import heapq
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runtime.outbox.request import Loss, Request
from runtime.outbox.segment import DamagedError, Record, Segment, encode

__all__ = ["Spool", "Ticket"]

_MIB = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class Ticket:
    """Names a record of the spool; sorts by age."""

    segment: int
    offset: int


@dataclass(slots=True)
class _Tally:
    requests: int = 0
    records: int = 0
    size: int = 0

    def add(self, records: int, size: int, requests: int = 1) -> None:
        self.requests += requests
        self.records += records
        self.size += size


@dataclass(slots=True)
class _File:
    """A segment and what of it is not done, by meta (a handful of distinct ones)."""

    segment: Segment
    open: dict[bytes, _Tally] = field(default_factory=dict)
    requests: int = 0

    def add(self, meta: bytes, records: int, size: int, requests: int = 1) -> None:
        self.requests += requests
        tally = self.open.setdefault(meta, _Tally())
        tally.add(records, size, requests)
        if not tally.requests:
            del self.open[meta]


@dataclass(frozen=True, slots=True)
class _Handed:
    meta: bytes
    records: int
    size: int


class Spool:
    """See the module's text. Every method may raise `OSError`."""

    def __init__(self, folder: Path, cap: int) -> None:
        self.folder = folder
        self.cap = cap
        self.size = 0
        self.records = 0
        self.waiting = 0
        """Requests that are not handed out."""
        self.torn_bytes = 0
        self._segment_size = max(cap // 64, min(_MIB, cap // 8))
        self._files: dict[int, _File] = {}
        self._last = 0
        self._cursor = Ticket(0, 0)
        self._returned: list[Ticket] = []
        self._handed: dict[Ticket, _Handed] = {}
        self._losses: list[Loss] = []
        self._dirty: set[int] = set()
        self._lock = -1

    def open(self) -> None:
        """Make the folder, take the lock, find what an earlier process left. Raises `OSError` (`BlockingIOError` when
        in use)."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in sorted(self.folder.glob("*.spool")):
                self._load(path)
        except OSError:
            self.close()
            raise
        self._trim(0)

    def _load(self, path: Path) -> None:
        file = _File(Segment(path))
        self.torn_bytes += file.segment.cut_torn_tail()
        for record in file.segment.records():
            if not record.done:
                file.add(file.segment.meta(record), record.records, record.body_size)
                self.records += record.records
        if not file.requests:
            file.segment.delete()
            return
        number = int(path.stem)
        self._files[number] = file
        self._last = max(self._last, number)
        self.size += file.segment.size
        self.waiting += file.requests

    def append(self, request: Request, handed: bool = False) -> Ticket | None:
        """Write `request`; `handed` when it is being sent already. None when it is larger than the whole budget (and
        not written)."""
        head, body = encode(request)
        need = len(head) + len(body)
        if need > self.cap:
            return None
        file = self._files.get(self._last)
        if file is not None and file.segment.size + need > self._segment_size:
            file = None
        self._trim(need)
        if file is None or self._last not in self._files:
            # A number is never used twice: the read cursor may stand in a segment that is gone.
            self._last += 1
            file = self._files[self._last] = _File(Segment(self.folder / f"{self._last:016d}.spool"))
            os.fsync(self._lock)
        ticket = Ticket(self._last, file.segment.append(head, body))
        self._dirty.add(self._last)
        meta = msgspec.json.encode(request.headers)
        file.add(meta, request.records, len(body))
        self.size += need
        self.records += request.records
        if handed:
            self._handed[ticket] = _Handed(meta, request.records, len(body))
        else:
            self.waiting += 1
        return ticket

    def sync(self) -> None:
        """Force what was appended to the disk."""
        for number in self._dirty & self._files.keys():
            self._files[number].segment.sync()
        self._dirty.clear()

    def next(self) -> tuple[Ticket, Request] | None:
        """The oldest request that is not handed out; None when there is none."""
        while self.waiting:
            found = self._find()
            if found is None:
                self._write_off()
                return None
            number, record = found
            file, ticket = self._files[number], Ticket(number, record.offset)
            request: Request | None
            try:
                handed = _Handed(file.segment.meta(record), record.records, record.body_size)
                request = file.segment.read(record)
            except OSError:
                heapq.heappush(self._returned, ticket)
                raise
            except DamagedError:
                request = None
            self.waiting -= 1
            self._handed[ticket] = handed
            if request is not None:
                return ticket, request
            self._finish(ticket, "spool_corrupt")
        return None

    def done(self, ticket: Ticket) -> None:
        """Delivered, or dropped and counted elsewhere: never handed out again."""
        self._finish(ticket, None)

    def give_back(self, ticket: Ticket) -> None:
        """To be handed out again, in its old place; lost when its segment went in the meantime."""
        if ticket.segment not in self._files:
            handed = self._handed.pop(ticket)
            self.records -= handed.records
            self._losses.append(_loss(handed.meta, _Tally(1, handed.records, handed.size), "spool_full"))
            return
        del self._handed[ticket]
        self.waiting += 1
        heapq.heappush(self._returned, ticket)

    def take_losses(self) -> list[Loss]:
        """What was lost since the last call."""
        losses, self._losses = self._losses, []
        return losses

    def close(self) -> None:
        for file in self._files.values():
            file.segment.close()
        self._files.clear()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _find(self) -> tuple[int, Record] | None:
        while self._returned:
            ticket = heapq.heappop(self._returned)
            file = self._files.get(ticket.segment)
            record = None if file is None else file.segment.header(ticket.offset)
            if record is not None and record.offset == ticket.offset:
                return ticket.segment, record
        for number in sorted(self._files):
            if number < self._cursor.segment:
                continue
            offset = self._cursor.offset if number == self._cursor.segment else 0
            segment = self._files[number].segment
            while (record := segment.header(offset)) is not None:
                offset = record.end
                self._cursor = Ticket(number, offset)
                if not record.done and Ticket(number, record.offset) not in self._handed:
                    return number, record
        return None

    def _finish(self, ticket: Ticket, reason: str | None) -> None:
        handed = self._handed.pop(ticket)
        self.records -= handed.records
        if reason is not None:
            self._losses.append(_loss(handed.meta, _Tally(1, handed.records, handed.size), reason))
        file = self._files.get(ticket.segment)
        if file is None:
            return
        file.segment.mark_done(ticket.offset)
        file.add(handed.meta, -handed.records, -handed.size, -1)
        if not file.requests:
            self._delete(ticket.segment)

    def _trim(self, need: int) -> None:
        while self._files and self.size + need > self.cap:
            oldest = min(self._files)
            self._lose(oldest, "spool_full")
            self._delete(oldest)

    def _lose(self, number: int, reason: str) -> None:
        """Give up what of a segment is not handed out; what is may still arrive."""
        file = self._files[number]
        kept = _File(file.segment)
        for ticket, handed in self._handed.items():
            if ticket.segment == number:
                kept.add(handed.meta, handed.records, handed.size)
                file.add(handed.meta, -handed.records, -handed.size, -1)
        for meta, tally in file.open.items():
            self._losses.append(_loss(meta, tally, reason))
            self.records -= tally.records
            self.waiting -= tally.requests
        self._returned = [ticket for ticket in self._returned if ticket.segment != number]
        heapq.heapify(self._returned)
        self._files[number] = kept

    def _write_off(self) -> None:
        """Nothing is found though requests are waiting: they stand behind damaged headers."""
        for number in list(self._files):
            self._lose(number, "spool_corrupt")
            if not self._files[number].requests:
                self._delete(number)

    def _delete(self, number: int) -> None:
        file = self._files.pop(number)
        self.size -= file.segment.size
        file.segment.delete()


def _loss(meta: bytes, tally: _Tally, reason: str) -> Loss:
    try:
        headers: Mapping[str, str] = msgspec.json.decode(meta, type=dict[str, str])
    except msgspec.DecodeError:
        headers = {}
    return Loss(headers, tally.requests, tally.records, tally.size, reason)
