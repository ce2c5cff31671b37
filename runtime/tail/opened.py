"""One open file: what was read of it, what is acknowledged of it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass

from runtime.signals.acknowledged import Acknowledged
from runtime.tail.decompress import Decompressed
from runtime.tail.encoding import Encoding, byte_order_mark
from runtime.tail.identity import EMPTY, HEAD_BYTES, fingerprint
from runtime.tail.positions import Part

__all__ = ["LONGEST_LINE", "Chunk", "OpenFile"]

LONGEST_LINE = 32 << 20
"""A line above this many bytes comes in pieces, so that memory stays bounded."""
_BACKWARDS_BYTES = 64 << 10
_MARK_BYTES = 4


@dataclass(frozen=True, slots=True)
class Chunk:
    """`data` is UTF-8 and holds whole lines, each ended by a newline alone; `size` bytes of the file came with it, up
    to `end`."""

    data: bytes
    size: int
    end: int


class OpenFile:
    """A regular file, open for reading until `close`. Raises `OSError` for one that cannot be read or is no file.

    `offset` is where the first line begins that was not read; up to `scanned` there is no end of it. With `flush` set,
    the unfinished line at the end is a line, too. `changed` is called when `acknowledged` moves on. `real` is the path,
    links resolved, under which the file grew; a rotated one keeps it.
    """

    def __init__(self, path: str, encoding: Encoding, changed: Callable[[], None], kind: str = "") -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            state = os.fstat(self.fd)
            if not stat.S_ISREG(state.st_mode):
                raise OSError(0, "it is a directory" if stat.S_ISDIR(state.st_mode) else "it is not a regular file")
            self.real = os.path.realpath(path)
            self.dev, self.inode, self.format = state.st_dev, state.st_ino, kind
            self.size, self.mtime, self.links = state.st_size, state.st_mtime_ns, state.st_nlink
            self.fingerprint = fingerprint(self.head())
        except BaseException:
            os.close(self.fd)
            raise
        self.stream = Decompressed(self.fd, kind) if kind else None
        self.offset = self.scanned = 0
        self.acknowledged = Acknowledged(0, changed)
        self.flush = False
        self.before = (self.size, self.mtime)
        self.quiet_since = time.monotonic() - max(0.0, time.time() - self.mtime / 1e9)
        self._changed = changed
        self._encoding = encoding
        self._sniffed = 0

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    @property
    def closed(self) -> bool:
        return self.fd < 0

    # Where to begin

    def start(self, offset: int) -> None:
        """Begin at `offset`; what lies before counts as acknowledged."""
        if self.stream is not None:
            self.stream.skip(offset)
            offset = min(offset, self.stream.end)
        self.offset = self.scanned = offset
        self.acknowledged = Acknowledged(offset, self._changed)

    def start_at_last_line(self) -> None:
        """Begin after the last newline: what is there already is not read, but a line that is being written comes
        whole."""
        self._sniff()
        end = self.size - self.size % self._encoding.width
        while end > 0:
            start = max(0, end - _BACKWARDS_BYTES)
            if cut := self._encoding.lines_end(os.pread(self.fd, end - start, start)):
                return self.start(start + cut)
            end = start
        return self.start(0)

    # What it is

    def head(self) -> bytes:
        return os.pread(self.fd, HEAD_BYTES, 0)

    def content_head(self) -> bytes:
        """The first bytes of what is in it; only before anything was read."""
        return self.head() if self.stream is None else self.stream.read(HEAD_BYTES, 0)

    def part(self) -> Part:
        known = self.fingerprint
        at = self.acknowledged.position
        return Part(self.dev, self.inode, known.length, known.digest, at, self.size, self.mtime, self.real, self.format)

    def look(self) -> bool:
        """Take note of size and time; whether they changed. Raises `OSError`."""
        return self.note(os.fstat(self.fd))

    def note(self, state: os.stat_result) -> bool:
        self.links = state.st_nlink
        if state.st_size == self.size and state.st_mtime_ns == self.mtime:
            return False
        self.before = (self.size, self.mtime)
        self.size, self.mtime = state.st_size, state.st_mtime_ns
        self.quiet_since = time.monotonic()
        if self.stream is None and self.size < self.scanned:
            self.scanned = max(self.offset, self.size)
        return True

    def rewritten(self) -> bool:
        """Whether the file no longer holds what was read: it was truncated, or written anew in place."""
        return self.size < self.offset or (self.fingerprint != EMPTY and not self.fingerprint.matches(self.head()))

    @property
    def at_end(self) -> bool:
        """Whether nothing new can be read; an unfinished line may be left."""
        if self.stream is None:
            return self.size - self.scanned < self._encoding.width
        return self.stream.ended and self.scanned >= self.stream.end

    @property
    def ready(self) -> bool:
        return not self.closed and (not self.at_end or (self.flush and self.scanned > self.offset))

    @property
    def unread(self) -> int:
        """Bytes on disk that no line was made of; 0 for a compressed file, where nobody knows."""
        return max(0, self.size - self.offset) if self.stream is None else 0

    # Reading

    def read(self, length: int) -> Chunk | None:
        """The whole lines in about the next `length` bytes; None when no line ends in them: then the next call looks
        further. Raises `OSError`."""
        if self.at_end:
            return self._rest() if self.flush else None
        self._sniff()
        pending = self.scanned - self.offset
        if pending <= length:
            data = self._pread(pending + length, self.offset)
            cut = self._encoding.lines_end(data)
            self.scanned = self.offset + self._whole_units(len(data))
        else:
            data = self._pread(length, self.scanned)
            cut = self._encoding.lines_end(data)
            self.scanned += self._whole_units(len(data))
            if cut:
                cut += pending
                data = self._pread(cut, self.offset)
        if not data and self.stream is None:
            self.size = self.scanned
        if cut:
            return self._consume(data[:cut])
        return self._rest() if self.scanned - self.offset >= LONGEST_LINE else None

    def _rest(self) -> Chunk | None:
        data = self._pread(self.scanned - self.offset, self.offset)
        return self._consume(data) if data else None

    def _consume(self, data: bytes) -> Chunk:
        mark = byte_order_mark(data[:_MARK_BYTES])[0] if self.offset == 0 else 0
        self.offset += len(data)
        if self.stream is not None:
            self.stream.release(self.offset)
        elif self.fingerprint.length < HEAD_BYTES:
            self.fingerprint = fingerprint(self.head())
        text = self._encoding.utf8(data[mark:] if mark else data)
        if not text.endswith(b"\n"):
            text += b"\n"
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        return Chunk(text, len(data), self.offset)

    def _whole_units(self, length: int) -> int:
        return length - length % self._encoding.width

    def _pread(self, length: int, offset: int) -> bytes:
        return os.pread(self.fd, length, offset) if self.stream is None else self.stream.read(length, offset)

    def _sniff(self) -> None:
        """A byte order mark beats the encoding that was asked for."""
        if self._sniffed < _MARK_BYTES:
            head = self._pread(_MARK_BYTES, 0) if self.stream is None or self.offset == 0 else bytes(_MARK_BYTES)
            self._sniffed = max(len(head), 1)
            self._encoding = byte_order_mark(head)[1] or self._encoding
