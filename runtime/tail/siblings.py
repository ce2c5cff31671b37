"""Rotated files beside a file, and the order in which they were written.

Known names for `0.log` and `app.log`: `0.log.20260101-101500` (kubelet), `app.log.1` (logrotate, docker),
`app.log-20260101`, `app-2026-01-01T10-15-00.000.log` (lumberjack), `app.log.old`; each also compressed (`.gz`, `.bz2`).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import PurePath

__all__ = ["Sibling", "beside"]

_COMPRESSED = {".gz": "gz", ".bz2": "bz2"}
_SMALL = re.compile(r"[.\-](\d{1,4})")
_STAMP = re.compile(r"[.\-_][0-9][0-9TZ:._+\-]*|\.old|\.bak|~")
_LONG_STAMP = re.compile(r"[.\-_]\d{4}[0-9TZ:._+\-]{4,}")


@dataclass(frozen=True, slots=True)
class Sibling:
    """`format` is "gz", "bz2" or "". `rank` is what rotation added to the name, None where the name is of another
    kind."""

    path: str
    dev: int
    inode: int
    size: int
    mtime: int
    format: str
    rank: str | None


def beside(path: str) -> list[Sibling]:
    """All regular files in the folder of `path` but itself, those with names of rotated files in the order of writing,
    the oldest first; an empty list when the folder cannot be read."""
    folder, name = os.path.split(path)
    found = []
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.name == name:
                    continue
                try:
                    state = entry.stat()
                except OSError:
                    continue
                if stat.S_ISREG(state.st_mode):
                    kind, rank = _classify(entry.name, name)
                    found.append(
                        Sibling(entry.path, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, kind, rank)
                    )
    except OSError:
        return []
    return sorted(found, key=_order(found))


def _order(siblings: Sequence[Sibling]) -> Callable[[Sibling], tuple[int | str, ...]]:
    """Numbers count down to the newest, time stamps up; where both occur, or neither, the time of the last write
    decides."""
    ranks = [sibling.rank for sibling in siblings if sibling.rank is not None]
    if all(_SMALL.fullmatch(rank) for rank in ranks):
        return lambda sibling: (-int((sibling.rank or ".0")[1:]), sibling.mtime)
    if not any(_SMALL.fullmatch(rank) or not _STAMP.fullmatch(rank) or rank[1:2].isalpha() for rank in ranks):
        return lambda sibling: (sibling.rank or "", sibling.mtime)
    return attrgetter("mtime", "path")


def _classify(name: str, of: str) -> tuple[str, str | None]:
    """The compression of the sibling `name`, and what rotation added to the name `of`."""
    suffix = PurePath(name).suffix
    kind = _COMPRESSED.get(suffix, "")
    bare = name.removesuffix(suffix) if kind else name
    if bare.startswith(of) and _STAMP.fullmatch(bare, len(of)):
        return kind, bare[len(of) :]
    stem, extension = PurePath(of).stem, PurePath(of).suffix
    middle = bare[len(stem) : len(bare) - len(extension)]
    if bare.startswith(stem) and bare.endswith(extension) and _LONG_STAMP.fullmatch(middle):
        return kind, middle
    return kind, None
