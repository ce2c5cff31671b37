"""One target through the life of its files: which file is read, from where, and what comes after it."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from runtime.signals.labels import Labels
from runtime.tail.encoding import Encoding
from runtime.tail.identity import Fingerprint
from runtime.tail.opened import OpenFile
from runtime.tail.positions import Key, Part
from runtime.tail.resume import Found, resume, successor

__all__ = ["Settings", "Tailer"]

SETTLE_SECONDS = 0.2
"""A rotated file that did not grow for so long is read to its end; writers follow a rename a little later."""
MISSING_SECONDS = 2.0
"""The same where nothing stands in its place: between a rename and the writer's new file the old one still grows."""
LINGER_SECONDS = 5.0
"""A file that was read to its end stays open for so long, for writers that have not noticed the rotation."""
_RETRY_SECONDS = (0.5, 10.0)
_REMEMBERED = 16
_AT_A_LOOK = 64
"""Files of one target that are gone through in one look."""
_UNKNOWN = ""
"""The format of a position that was taken over from Promtail."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`kind` is the compression of the files, "" for plain ones that grow; `delay` the seconds before a compressed file
    is opened."""

    encoding: Encoding
    kind: str = ""
    delay: float = 0.0


class Tailer:
    """Reads the file under a path, and the ones that rotation put beside it, in the order in which they were written.

    `files` are the open ones, the oldest first, and closed ones that are not acknowledged yet; the last is the one to
    follow unless `active` is None. `problem` says why nothing is read, and is `grave` unless the file is merely not
    there yet. When the target is gone, `leave`: the tailer closes when everything is read, and is `finished` when
    everything is acknowledged.
    """

    def __init__(
        self,
        key: Key,
        labels: Labels,
        settings: Settings,
        stored: tuple[Part, ...],
        from_end: bool,
        *,
        changed: Callable[[Tailer], None],
        abandon: Callable[[str, int], None],
        taken: Callable[[Tailer, OpenFile], bool],
        logger: logging.Logger,
        now: float,
    ) -> None:
        """`stored` are the files it was reading before; a file that it finds without being one of them, or coming after
        one, begins at its last line where `from_end`. `abandon` books bytes that were never read, with the reason:
        `deleted`, `truncated`, `unreadable`. `taken` says whether another tailer reads a file for the same labels."""
        self.key = key
        self.path = key[0]
        self.labels = labels
        self.settings = settings
        self.files: list[OpenFile] = []
        self.active: OpenFile | None = None
        self.leaving = self._closing = False
        self.problem, self.grave = "", False
        self.missing = False
        self.lines = 0
        self.active_at = now
        self._todo = deque(part for part in stored if not settings.kind or part.format in (settings.kind, _UNKNOWN))
        self._last: Part | None = None
        self._last_offset = 0
        self._last_replaced = False
        self._from_end = from_end
        self._in_place = False
        self._growing = False
        self._lingering: dict[OpenFile, float] = {}
        self.seen: dict[tuple[int, int], Fingerprint] = {}
        self._rotated_at: float | None = None
        self._not_before = now + settings.delay
        self._backoff = _RETRY_SECONDS[0]
        self._changed = partial(changed, self)
        self._abandon = abandon
        self._taken = taken
        self._logger = logger

    # What others ask

    @property
    def finished(self) -> bool:
        return self._closing and not self.files

    @property
    def following(self) -> bool:
        return self.active is not None

    def ready(self) -> list[OpenFile]:
        return [file for file in self.files if file.ready]

    def parts(self) -> tuple[Part, ...]:
        """What to store: every file that is not delivered to its end, and the last in any case."""
        parts = [file.part() for file in self.files]
        if not parts and self._last is not None:
            parts = [self._last]
        return (*parts, *self._todo)

    def has_seen(self, file: OpenFile) -> bool:
        """Whether this tailer reads, or has read, the file under whatever name."""
        known = self.seen.get((file.dev, file.inode))
        return known is not None and known.matches(file.head())

    # One look at the disk

    def look(self, now: float) -> None:
        """Notice what changed. Never raises: what is wrong is in `problem`, and tried again later."""
        if now < self._not_before:
            return
        try:
            self._tend(now)
            # One after the other, all that are read already: a process that is killed again and again must get on.
            for _ in range(_AT_A_LOOK):
                if self.active is not None:
                    self._follow(self.active, now)
                if self.active is not None or self._closing:
                    break
                self._next(now)
                if self.active is None:
                    break
        except OSError as error:
            self.fail(error, now)
        else:
            self._backoff = _RETRY_SECONDS[0]
        if self.leaving:
            self._leave(now)

    def fail(self, error: OSError, now: float, file: OpenFile | None = None) -> None:
        """A file cannot be read: let go of it, and try again later where reading stopped. A `file` that lingers after a
        rotation is given up."""
        self._complain(f"cannot read `{self.path}`: {error.strerror or error}", logging.WARNING)
        if file is not None and self._lingering.pop(file, None) is not None:
            self._abandon("unreadable", file.unread)
            file.close()
            return
        self._put_back(now)
        self._not_before = now + self._backoff
        self._backoff = min(self._backoff * 2, _RETRY_SECONDS[1])

    def reopen(self, settings: Settings, now: float) -> None:
        """Go on with other settings; with another compression, from the start."""
        before, self.settings = self.settings, settings
        self._put_back(now)
        if before.kind != settings.kind:
            self._todo.clear()
            self._last = None

    def _put_back(self, now: float) -> None:
        if self.active is not None:
            self._retire(self.active, now, linger=False)
            if self._last is not None:
                self._todo.appendleft(replace(self._last, offset=self._last_offset))

    def leave(self) -> None:
        """The target is gone."""
        self.leaving = True

    def stay(self) -> None:
        """The target is there again."""
        self.leaving = self._closing = False

    def close(self) -> None:
        for file in self.files:
            file.close()

    def _complain(self, problem: str, level: int) -> None:
        if problem != self.problem:
            self.problem, self.grave = problem, level >= logging.WARNING
            if problem:
                self._logger.log(level, problem)

    def _follow(self, file: OpenFile, now: float) -> None:
        if not self._growing:
            file.look()
            self._conclude(file, now, SETTLE_SECONDS)
            return
        try:
            state = os.stat(self.path)  # noqa: PTH116
        except FileNotFoundError:
            state = None
        if state is not None and (state.st_dev, state.st_ino) == (file.dev, file.inode):
            self.missing, self._rotated_at = False, None
            if file.note(state):
                self.active_at = now
                if file.rewritten():
                    self._rewritten(file, now)
            return
        if file.look():
            self.active_at = now
        if state is None:
            self.missing = True
        elif self._rotated_at is None:
            self._rotated_at = self.active_at = now
        self._conclude(file, now, MISSING_SECONDS if state is None and file.links else SETTLE_SECONDS)

    def _conclude(self, file: OpenFile, now: float, settle: float) -> None:
        """Leave a file that is read to its end and will hardly grow any more."""
        overdue = self._rotated_at is not None and now - self._rotated_at > LINGER_SECONDS
        if file.stream is None and now - file.quiet_since < settle and not overdue:
            return
        file.flush = not overdue
        if not file.ready or overdue:
            # One that was rotated and quiet before we came is not waited for.
            settled = not self._growing and now - file.quiet_since >= LINGER_SECONDS
            self._retire(file, now, linger=file.stream is None and not settled)

    def _retire(self, file: OpenFile, now: float, linger: bool) -> None:
        if file.stream is not None and file.stream.damage:
            self._complain(f"`{file.real}` is {file.stream.damage}", logging.WARNING)
            self._abandon("unreadable", file.size if not file.offset else 0)
        self._last, self._last_offset = file.part(), file.offset
        self._last_replaced = self._growing and file.links == 0
        self.seen[file.dev, file.inode] = file.fingerprint
        self.active, self._rotated_at = None, None
        file.flush = False
        if linger:
            self._lingering[file] = now + LINGER_SECONDS
        else:
            file.close()

    def _rewritten(self, file: OpenFile, now: float) -> None:
        """The file was truncated or written anew in place. A copy of what it held may stand beside it
        (copytruncate)."""
        size, mtime = file.before
        part = replace(file.part(), size=size, mtime=mtime)
        self._retire(file, now, linger=False)
        copy = resume(part, None, self._open_beside, at=file.offset)
        if copy is not None and not copy.file.at_end:
            self._adopt(copy)
            return
        if copy is not None:
            copy.file.close()
        elif lost := max(0, size - file.offset):
            self._abandon("truncated", lost)
        self._logger.info("`%s` was truncated: reading it from its start", self.path)
        self._in_place = True
        self._next(now)

    # Which file comes next

    def _next(self, now: float) -> None:
        while self._todo:
            part = self._todo[0]
            found = resume(part, self._open_path, self._open_beside)
            self._todo.popleft()
            self._in_place = found is None and self._same_inode_at_path(part)
            if found is not None:
                if found.at_path:
                    self._todo.clear()
                self._adopt(found)
                return
            self._last, self._last_offset = part, part.offset
            if lost := max(0, part.size - part.offset) if not part.format else 0:
                self._abandon("truncated" if self._in_place else "deleted", lost)
                self._logger.warning("`%s` is gone with %d bytes that were not read", part.real or self.path, lost)
        if self.settings.kind:
            self._next_compressed(now)
            return
        current = self._path_identity()
        if self.missing and current is None:
            return
        if self._last is not None and not self._in_place:
            found = successor(self._last, current, self.seen, self._open_beside)
            if found is not None:
                self._adopt(found)
                return
        file = self._open_path()
        if file is None:
            if self._last is None:
                self._complain(f"`{self.path}` is not there yet", logging.INFO)
            self.missing = True
            return
        self._begin(file)
        self._adopt(Found(file, at_path=True))

    def _begin(self, file: OpenFile) -> None:
        """Where to begin in the file that stands under the path."""
        last, in_place, missing = self._last, self._in_place, self.missing
        self._in_place = self.missing = False
        if last is None:
            if self._from_end:
                file.start_at_last_line()
            elif self._taken(self, file):
                file.start(file.size)
            return
        if in_place:
            return
        same = last.inode == file.inode and last.fingerprint.matches(file.head()) and file.size >= self._last_offset
        rewritten = not missing and self._last_replaced and last.fingerprint.matches(file.head())
        if same or rewritten:
            file.start(min(self._last_offset, file.size))
            for older in [older for older in self._lingering if older.inode == file.inode]:
                del self._lingering[older]
                older.close()

    def _next_compressed(self, now: float) -> None:
        """A compressed file is read once; another file, or one that changed, is read again."""
        last = self._last
        file = self._open_path()
        if file is None:
            self._complain(f"`{self.path}` is not there yet", logging.INFO)
            return
        if last is not None and (last.inode, last.size, last.mtime) == (file.inode, file.size, file.mtime):
            file.close()
            self._not_before = now + _RETRY_SECONDS[0]
            return
        if last is not None and last.inode == file.inode and last.fingerprint.matches(file.head()):
            file.start(self._last_offset)
        self._adopt(Found(file, at_path=False))

    def _adopt(self, found: Found) -> None:
        file = found.file
        self.files.append(file)
        self.active, self._growing = file, found.at_path and not self.settings.kind
        self._rotated_at = None
        if not file.stream:
            self._complain("", logging.INFO)
        self.seen.pop((file.dev, file.inode), None)
        self.seen[file.dev, file.inode] = file.fingerprint
        while len(self.seen) > _REMEMBERED:
            del self.seen[next(iter(self.seen))]
        self._changed()

    def _open_path(self) -> OpenFile | None:
        try:
            return OpenFile(self.path, self.settings.encoding, self._changed, self.settings.kind)
        except FileNotFoundError:
            return None

    def _open_beside(self, path: str, kind: str) -> OpenFile | None:
        try:
            return OpenFile(path, self.settings.encoding, self._changed, kind)
        except OSError:
            return None

    def _path_identity(self) -> tuple[int, int] | None:
        try:
            state = os.stat(self.path)  # noqa: PTH116
        except FileNotFoundError:
            return None
        return (state.st_dev, state.st_ino)

    def _same_inode_at_path(self, part: Part) -> bool:
        return self._path_identity() == (part.dev, part.inode)

    # Files that are read to their end

    def _tend(self, now: float) -> None:
        for file, until in list(self._lingering.items()):
            if file.look() and file.links:
                self._lingering[file] = now + LINGER_SECONDS
            elif now >= until:
                file.flush = True
                if not file.ready:
                    del self._lingering[file]
                    file.close()
        gone = [file for file in self.files if file.closed and not file.acknowledged.outstanding]
        if gone:
            if self._last is not None and self.files[-1] in gone:
                self._last = self.files[-1].part()
            self.files = [file for file in self.files if file not in gone]
            self._changed()

    def _leave(self, now: float) -> None:
        """The target is gone: what is on disk is read, then the files are closed; their positions stay where they
        are."""
        file = self.active
        if file is None:
            self._closing = True
        elif not file.ready and now - max(file.quiet_since, self.active_at) >= LINGER_SECONDS:
            self._retire(file, now, linger=False)
            self._closing = True
            self._tend(now)
