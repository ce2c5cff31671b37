"""Log files as a container runtime writes them and the kubelet rotates them.

The format is that of the container runtime interface: `TIME STREAM P|F TEXT`, where P is a part of a line that goes on.
The kubelet renames `0.log` to `0.log.YYYYMMDD-hhmmss` and has the runtime open a new one; until it does, the runtime
writes on into the renamed file.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["MAX_PART", "LogFile", "cri"]

MAX_PART = 16 * 1024
"""Bytes of text in one part: the runtime's buffer."""
_ROTATED_KEPT = 4


def cri(text: bytes, stream: str, nanoseconds: int) -> bytes:
    """A line of a container as one or more lines of its log file. The time is UTC."""
    parts = [text[at : at + MAX_PART] for at in range(0, len(text), MAX_PART)] or [b""]
    out = []
    for number, part in enumerate(parts):
        at = nanoseconds + number
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at % 10**9:09d}Z"
        out.append(f"{stamp} {stream} {'F' if number == len(parts) - 1 else 'P'} ".encode() + part + b"\n")
    return b"".join(out)


class LogFile:
    """`0.log` in a container's folder and the files that it was rotated to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._current = folder / "0.log"
        self._handle = os.open(self._current, _FLAGS, 0o640)
        self._renamed = False
        self.rotations = 0

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]
        if self._renamed:
            os.close(self._handle)
            self._handle = os.open(self._current, _FLAGS, 0o640)
            self._renamed = False

    def rotate(self) -> None:
        """Twice within a second does nothing the second time: the new name would be taken."""
        target = self._folder / time.strftime("0.log.%Y%m%d-%H%M%S")
        if self._renamed or target.exists():
            return
        self._current.rename(target)
        self._renamed = True
        self.rotations += 1
        for old in sorted(self._folder.glob("0.log.*"))[:-_ROTATED_KEPT]:
            old.unlink()

    def close(self) -> None:
        os.close(self._handle)


_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND
