"""A small file of state that survives the process at any moment, and the machine as of the last sync.

It is replaced by rename: who reads it finds the whole of what was written before or after, never a part. A plain `write`
survives the end of the process; a synced one also the machine's, and becomes the copy `NAME.previous`, to which a file
that is torn all the same falls back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["StateFile"]


class StateFile:
    """One file and its previous copy. Everything raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.previous = path.with_name(f"{path.name}.previous")
        self._mark = (0, 0)

    def exists(self) -> bool:
        return self.path.exists() or self.previous.exists()

    def candidates(self) -> Iterator[tuple[Path, bytes]]:
        """What there is to read, the newest first."""
        for path in (self.path, self.previous):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            yield path, data

    def write(self, data: bytes, durable: bool = False) -> None:
        """Replace the content; `durable` syncs it too."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.new")
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

    def sync(self) -> None:
        """Force what was written last to the disk, and make it the previous copy."""
        copy = self.path.with_name(f"{self.path.name}.link")
        copy.unlink(missing_ok=True)
        # The name: a write may put another file under `path` in the meantime.
        copy.hardlink_to(self.path)
        _fsync(copy, os.O_RDONLY)
        copy.replace(self.previous)
        _fsync(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)

    def ours(self) -> bool:
        """Whether nobody else wrote the file since: a component started anew owns it then."""
        try:
            return _mark(self.path.stat()) == self._mark
        except OSError:
            return False


def _mark(state: os.stat_result) -> tuple[int, int]:
    """Inodes are used again, at once on some file systems; the time of the write tells them apart."""
    return state.st_ino, state.st_mtime_ns


def _fsync(path: Path, flags: int) -> None:
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
