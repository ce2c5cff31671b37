"""The offsets of a component on disk: `positions.json` and `positions.json.previous` in its folder.

The file is replaced by rename. A plain `write` survives the end of the process; a durable one, asked for now and then,
also the machine's, and becomes the previous copy. A torn file falls back to the copy.

    {"version": 1, "files": [{"path": "/var/log/a.log", "labels": "{job=\\"x\\"}", "parts": [PART, …]}]}

A PART is a file that was found under the path: usually one, more while a rotated file is not yet delivered to its end,
the oldest first. `offset` is where its acknowledged lines end, in decompressed bytes where `format` names a
compression. A byte of a path that is not UTF-8 stands as NUL and two hexadecimal digits: no path holds a NUL.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec.structs import replace

from runtime.tail.identity import Fingerprint

__all__ = ["Key", "Part", "Positions", "Stored"]

Key = tuple[str, str]
"""Path and the text of the labels, without `filename`."""
VERSION = 1


class Part(msgspec.Struct, frozen=True):
    """One file and how far it is acknowledged. `real` is the path, links resolved, under which it grew, `size` and
    `mtime` (nanoseconds) what was last seen; `dev` and `inode` are 0 where only the offset is known (a Promtail
    position)."""

    dev: int
    inode: int
    length: int
    digest: str
    offset: int
    size: int = 0
    mtime: int = 0
    real: str = ""
    format: str = ""

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self.length, self.digest)


class _Entry(msgspec.Struct, frozen=True):
    path: str
    labels: str
    parts: list[Part]


class _Document(msgspec.Struct, frozen=True):
    version: int
    files: list[msgspec.Raw]


class _Name(msgspec.Struct, frozen=True):
    path: str
    labels: str


@dataclass(slots=True)
class Stored:
    """What was read. `damaged` are entries whose value makes no sense; `lost` says that nothing could be read of a file
    that exists, so that any file may have had a position."""

    parts: dict[Key, tuple[Part, ...]] = field(default_factory=dict)
    damaged: set[Key] = field(default_factory=set)
    lost: bool = False
    notes: list[str] = field(default_factory=list)


class Positions:
    """Reads and writes the positions of one component."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "positions.json"
        self._previous = folder / "positions.json.previous"
        self._encoded: dict[Key, tuple[tuple[Part, ...], msgspec.Raw]] = {}
        self._mark = (0, 0)

    def exists(self) -> bool:
        return self.path.exists() or self._previous.exists()

    def load(self) -> Stored:
        """What is stored; nothing when there is no file yet. Raises `OSError` when a file is there but not readable."""
        notes: list[str] = []
        for path in (self.path, self._previous):
            try:
                stored = _decode(path.read_bytes())
            except FileNotFoundError:
                continue
            except msgspec.MsgspecError as error:
                notes.append(f"positions file `{path}` is damaged: {error}")
            else:
                stored.notes[:0] = notes
                return stored
        return Stored(lost=bool(notes), notes=notes)

    def write(self, entries: Iterable[tuple[Key, tuple[Part, ...]]], durable: bool = False) -> None:
        """Replace the file. Raises `OSError`."""
        encoded: dict[Key, tuple[tuple[Part, ...], msgspec.Raw]] = {}
        for key, parts in entries:
            known = self._encoded.get(key)
            if known is None or known[0] != parts:
                entry = _paths(_Entry(*key, list(parts)), _utf8)
                known = (parts, msgspec.Raw(msgspec.json.encode(entry)))
            encoded[key] = known
        self._encoded = encoded
        self._replace(msgspec.json.encode(_Document(VERSION, [raw for _, raw in encoded.values()])), durable)

    def ours(self) -> bool:
        """Whether nobody else wrote the file since: a component started anew owns it then."""
        try:
            return _mark(self.path.stat()) == self._mark
        except OSError:
            return False

    def sync(self) -> None:
        """Force what was written last to the disk, and make it the previous copy. Raises `OSError`."""
        copy = self._previous.with_suffix(".link")
        copy.unlink(missing_ok=True)
        # The name: a write may put another file under `path` in the meantime.
        copy.hardlink_to(self.path)
        _fsync(copy, os.O_RDONLY)
        copy.replace(self._previous)
        _fsync(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)

    def _replace(self, data: bytes, durable: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".json.new")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
            if durable:
                os.fsync(fd)
            self._mark = _mark(os.fstat(fd))
        finally:
            os.close(fd)
        fresh.replace(self.path)
        if durable:
            self.sync()


def _mark(state: os.stat_result) -> tuple[int, int]:
    """Inodes are used again, at once on some file systems; the time of the write tells them apart."""
    return state.st_ino, state.st_mtime_ns


def _fsync(path: Path, flags: int) -> None:
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _decode(data: bytes) -> Stored:
    document = msgspec.json.decode(data, type=_Document)
    if document.version != VERSION:
        raise msgspec.ValidationError(f"version {document.version} is not known, only {VERSION}")
    stored = Stored()
    for raw in document.files:
        try:
            entry = _paths(msgspec.json.decode(raw, type=_Entry), _bytes)
            if any(part.offset < 0 for part in entry.parts):
                raise msgspec.ValidationError("an offset is negative")
        except msgspec.ValidationError as error:
            name = msgspec.json.decode(raw, type=_Name)
            stored.damaged.add((_bytes(name.path), _bytes(name.labels)))
            stored.notes.append(f"position of `{name.path}` is damaged: {error}")
        else:
            stored.parts[entry.path, entry.labels] = tuple(entry.parts)
    return stored


_STRAY = re.compile("[\udc80-\udcff]")
_HEX = re.compile("\0([0-9a-f]{2})")


def _paths(entry: _Entry, change: Callable[[str], str]) -> _Entry:
    parts = [replace(part, real=change(part.real)) if part.real else part for part in entry.parts]
    return _Entry(change(entry.path), change(entry.labels), parts)


def _utf8(path: str) -> str:
    """Python holds a byte that is not UTF-8 as a lone surrogate, which JSON cannot."""
    return path if path.isascii() else _STRAY.sub(lambda found: f"\0{ord(found[0]) - 0xDC00:02x}", path)


def _bytes(path: str) -> str:
    return _HEX.sub(lambda found: chr(0xDC00 + int(found[1], 16)), path) if "\0" in path else path
