"""Finds a file again that was being read, and the one that rotation put after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runtime.tail.identity import Fingerprint
from runtime.tail.opened import OpenFile
from runtime.tail.positions import Part
from runtime.tail.siblings import Sibling, beside

__all__ = ["Found", "OpenBeside", "resume", "successor"]

OpenBeside = Callable[[str, str], OpenFile | None]
"""Opens a path of a compression; None when it cannot be opened."""


@dataclass(frozen=True, slots=True)
class Found:
    """`at_path` when it is the file under the target's path, which grows; else one that was rotated away."""

    file: OpenFile
    at_path: bool


def resume(
    part: Part, open_path: Callable[[], OpenFile | None] | None, open_beside: OpenBeside, at: int | None = None
) -> Found | None:
    """The file that `part` tells of, begun at its offset (or `at`): under the path, else beside it under another name,
    else its content under the path (rewritten by rename, or restored), else a copy of it beside (copytruncate,
    compressed). None when it is gone. Raises `OSError` when the path cannot be read."""
    offset = part.offset if at is None else at
    here = open_path() if open_path is not None else None
    if here is not None:
        if part.inode == 0:
            here.start(offset if offset <= here.size or here.stream is not None else 0)
            return Found(here, at_path=True)
        if _same(part, here) and (offset <= here.size or here.stream is not None):
            here.start(offset)
            return Found(here, at_path=True)
    siblings = beside(part.real) if part.real else []
    if part.inode and open_path is not None:
        moved = _moved(part, offset, siblings, open_beside)
        if moved is not None:
            _close(here)
            return Found(moved, at_path=False)
    if here is not None and here.inode != part.inode and part.fingerprint.matches(here.head()) and offset <= here.size:
        here.start(offset)
        return Found(here, at_path=True)
    _close(here)
    copy = _copy(part, offset, siblings, open_beside)
    return None if copy is None else Found(copy, at_path=False)


def _moved(part: Part, offset: int, siblings: Sequence[Sibling], open_beside: OpenBeside) -> OpenFile | None:
    """The very file under its own name (a link points elsewhere now) or beside it."""
    for path in (part.real, *(sibling.path for sibling in siblings if sibling.inode == part.inode)):
        file = open_beside(path, part.format) if path else None
        if file is None:
            continue
        if _same(part, file) and (offset <= file.size or part.format):
            file.start(offset)
            file.real = part.real
            return file
        file.close()
    return None


def _copy(part: Part, offset: int, siblings: Sequence[Sibling], open_beside: OpenBeside) -> OpenFile | None:
    if part.format or not part.length:
        return None
    for sibling in siblings:
        if sibling.rank is None or sibling.mtime < part.mtime or (not sibling.format and sibling.size < offset):
            continue
        file = open_beside(sibling.path, sibling.format)
        if file is None:
            continue
        if part.fingerprint.matches(file.content_head()):
            file.start(offset)
            file.real = part.real
            return file
        file.close()
    return None


def successor(
    part: Part, current: tuple[int, int] | None, seen: Mapping[tuple[int, int], Fingerprint], open_beside: OpenBeside
) -> Found | None:
    """The rotated file that was written after `part` and before the one under the path, whose device and inode are
    `current`; None when there is none. A name that rotation gave tells the order; where `part` itself is gone, the time
    of its last write does."""
    ordered = [sibling for sibling in beside(part.real) if sibling.rank is not None] if part.real else []
    at = next((n for n, sibling in enumerate(ordered) if sibling.inode == part.inode), None)
    later = ordered[at + 1 :] if at is not None else [sibling for sibling in ordered if sibling.mtime >= part.mtime]
    for sibling in later:
        if (sibling.dev, sibling.inode) in (current, (part.dev, part.inode)):
            continue
        file = open_beside(sibling.path, sibling.format)
        if file is None:
            continue
        known = seen.get((file.dev, file.inode))
        if known is None or not known.fits(file.head()):
            file.real = part.real
            return Found(file, at_path=False)
        file.close()
    return None


def _same(part: Part, file: OpenFile) -> bool:
    """By inode, with nothing against it; device numbers may change when a machine starts anew, then the first bytes
    must agree."""
    if part.inode != file.inode:
        return False
    head = file.head()
    return part.fingerprint.fits(head) if part.dev == file.dev else part.fingerprint.matches(head)


def _close(file: OpenFile | None) -> None:
    if file is not None:
        file.close()
