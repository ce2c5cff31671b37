"""The offsets of a component on disk: `positions.json` and its previous copy in the component's folder.

    {"version": 1, "files": [{"path": "/var/log/a.log", "labels": "{job=\\"x\\"}", "parts": [PART, …]}]}

A PART is a file that was found under the path: usually one, more while a rotated file is not yet delivered to its end,
the oldest first. `offset` is where its acknowledged lines end, in decompressed bytes where `format` names a
compression. A byte of a path that is not UTF-8 stands as NUL and two hexadecimal digits: no path holds a NUL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec.structs import replace

from runtime.state_file import StateFile
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
        self.file = StateFile(folder / "positions.json")
        self._encoded: dict[Key, tuple[tuple[Part, ...], msgspec.Raw]] = {}

    def load(self) -> Stored:
        """What is stored; nothing when there is no file yet. Raises `OSError` when a file is there but not readable."""
        notes: list[str] = []
        for path, data in self.file.candidates():
            try:
                stored = _decode(data)
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
        document = _Document(VERSION, [raw for _, raw in encoded.values()])
        self.file.write(msgspec.json.encode(document), durable)


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
