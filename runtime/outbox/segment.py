"""One file of a spool: records one after the other.

    record  = magic "KMR1", state, header, meta, body
    state   = one byte: P pending, D done; the only byte that is ever written again
    header  = lengths of meta and body, records, raw bytes, CRC32 of meta and body, CRC32 of the header before it
    meta    = the request's headers as JSON

The state byte is the read position: whatever is D is not sent again after a restart. A byte is written or not
written, so a kill at any moment leaves either; the worst that happens is that a request is sent twice. A damaged
header is passed over by looking for the next magic; a torn tail is cut off when the file is opened.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from runtime.outbox.request import Request

__all__ = ["DamagedError", "Record", "Segment", "encode"]

_MAGIC = b"KMR1"
_FIELDS = struct.Struct("<IIIQI")
_CRC = struct.Struct("<I")
_STATE_AT = len(_MAGIC)
_FIELDS_AT = _STATE_AT + 1
_HEADER = _FIELDS_AT + _FIELDS.size + _CRC.size
_PENDING, _DONE = b"P", b"D"
_LOOK = 1 << 20


class DamagedError(Exception):
    """A record's meta or body does not match its checksum."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record's header, found at `offset`; `end` is where the next one begins."""

    offset: int
    end: int
    done: bool
    meta_size: int
    body_size: int
    records: int
    raw_bytes: int
    crc: int


def encode(request: Request) -> tuple[bytes, bytes]:
    """Header with meta, and body, of a pending record."""
    meta = msgspec.json.encode(request.headers)
    crc = zlib.crc32(request.body, zlib.crc32(meta))
    fields = _FIELDS.pack(len(meta), len(request.body), request.records, request.raw_bytes, crc)
    return _MAGIC + _PENDING + fields + _CRC.pack(zlib.crc32(fields)) + meta, request.body


class Segment:
    """An open segment file. Not thread-safe; offsets and sizes in bytes."""

    __slots__ = ("_fd", "path", "size")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.size = os.fstat(self._fd).st_size

    def append(self, head: bytes, body: bytes) -> int:
        """The offset of the new record. Raises `OSError`; nothing of the record remains then."""
        offset = at = self.size
        try:
            for part in (head, body):
                view = memoryview(part)
                while view:
                    written = os.pwrite(self._fd, view, at)
                    at += written
                    view = view[written:]
        except OSError:
            os.ftruncate(self._fd, offset)
            raise
        self.size = at
        return offset

    def sync(self) -> None:
        os.fdatasync(self._fd)

    def header(self, offset: int) -> Record | None:
        """The record at `offset`, or the next readable one behind a damaged header; None at the end."""
        while offset + _HEADER <= self.size:
            raw = os.pread(self._fd, _HEADER, offset)
            fields = raw[_FIELDS_AT : _FIELDS_AT + _FIELDS.size]
            if raw.startswith(_MAGIC) and _CRC.unpack_from(raw, _HEADER - _CRC.size)[0] == zlib.crc32(fields):
                meta, body, records, raw_bytes, crc = _FIELDS.unpack(fields)
                end = offset + _HEADER + meta + body
                if end <= self.size:
                    done = raw[_STATE_AT : _STATE_AT + 1] == _DONE
                    return Record(offset, end, done, meta, body, records, raw_bytes, crc)
            found = self._find_magic(offset + 1)
            if found is None:
                return None
            offset = found
        return None

    def _find_magic(self, offset: int) -> int | None:
        while offset < self.size:
            at = os.pread(self._fd, _LOOK, offset).find(_MAGIC)
            if at >= 0:
                return offset + at
            offset += _LOOK - len(_MAGIC) + 1
        return None

    def meta(self, record: Record) -> bytes:
        return os.pread(self._fd, record.meta_size, record.offset + _HEADER)

    def read(self, record: Record) -> Request:
        """Raises `DamagedError`."""
        size = record.meta_size + record.body_size
        payload = os.pread(self._fd, size, record.offset + _HEADER)
        if len(payload) != size or zlib.crc32(payload) != record.crc:
            raise DamagedError(f"{self.path.name} at byte {record.offset}")
        headers = msgspec.json.decode(payload[: record.meta_size], type=dict[str, str])
        return Request(payload[record.meta_size :], headers, record.records, record.raw_bytes)

    def mark_done(self, offset: int) -> None:
        os.pwrite(self._fd, _DONE, offset + _STATE_AT)

    def cut_torn_tail(self) -> int:
        """Remove what a kill left unfinished behind the last whole record; the bytes removed."""
        end = 0
        for record in self.records():
            end = record.end
        torn = self.size - end
        if torn:
            os.ftruncate(self._fd, end)
            self.size = end
        return torn

    def records(self) -> Iterator[Record]:
        offset = 0
        while (record := self.header(offset)) is not None:
            yield record
            offset = record.end

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def delete(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)
