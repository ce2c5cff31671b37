"""Partial lines of the container runtime interface, held until the rest comes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from runtime.signals.columns import Codes, Mask
from runtime.signals.delivery import Hold
from runtime.signals.labels import Labels
from runtime.stages._holds import released, releasing, ride
from runtime.stages.frame import Frame, join
from runtime.stages.stage import Context
from runtime.text.binary import put

__all__ = ["Partials"]


MOST_BYTES = 32 << 20
"""What is held at most, over all label sets: a container may never end its line."""


@dataclass(slots=True)
class _Held:
    """The newest partial line of a label set, with all that came before it in `pieces`, `size` bytes together.

    `row` is its number in the frame at hand; of an earlier frame it is kept in `frame`, an entry whose line is not up to
    date. `holds` keep open the deliveries of entries from earlier frames, `origins` are the parts of this frame's delivery
    that it was made of.
    """

    pieces: list[bytes]
    size: int
    row: int
    frame: Frame | None
    holds: list[Hold]
    origins: set[int]

    def copy(self) -> _Held:
        return replace(self, pieces=[*self.pieces], holds=[*self.holds], origins={*self.origins})

    @property
    def text(self) -> bytes:
        return b"".join(self.pieces)

    def alone(self) -> Frame:
        """The entry, with its line, of an earlier frame."""
        assert self.frame is not None
        return replace(self.frame, line=put(self.frame.line, [0], [self.text]))


class Partials:
    """At most `limit` label sets are held, and `MOST_BYTES`; `cut` is the most bytes of a joined line, 0 for any number."""

    def __init__(self, context: Context, limit: int, cut: int) -> None:
        self._context = context
        self._limit = limit
        self._cut = cut
        self._held: dict[Labels, _Held] = {}
        self._size = 0
        prefix = "loki_process_cri"
        self._truncated = context.counter(f"{prefix}_lines_truncated_total", "CRI lines that were truncated")
        self._flushed = context.counter(
            f"{prefix}_partial_lines_flushed_total", "CRI partial lines that were flushed because too many were held"
        )

    def held(self) -> int:
        return len(self._held)

    def join(self, frame: Frame, matched: Mask, partial: Mask) -> Frame:
        """The frame without partial lines; `matched` are the CRI lines of it, `partial` the partial ones among them.

        When it fails, what is held is what was held before.
        """
        before = {labels: one.copy() for labels, one in self._held.items()}, self._size
        try:
            return self._join(frame, matched, partial)
        except Exception:
            self._held, self._size = before
            raise

    def _join(self, frame: Frame, matched: Mask, partial: Mask) -> Frame:
        gone: set[int] = set()
        lines: dict[int, tuple[bytes, int]] = {}
        early: list[Frame] = []
        merged = 0
        stream, streams = frame.numbered()
        rows = _concerned(stream, matched, partial, {i for i, labels in enumerate(streams) if labels in self._held})
        for row in rows:
            labels, text = streams[stream[row]], frame.line[row].as_py()
            if partial[row]:
                if len(self._held) >= self._limit or (self._held and self._size + len(text) > MOST_BYTES):
                    self._flush(frame, row, lines, gone, early)
                merged += labels in self._held
                self._hold(labels, frame, row, text)
                gone.add(row)
            elif labels in self._held:
                one = self._held.pop(labels)
                self._size -= one.size
                self._append(one, text)
                lines[row] = one.text, ride(frame.delivery, int(frame.origin[row]), one.holds, one.origins)
                merged += 1
        self._keep(frame)
        joined = _assembled(frame, lines, gone, early)
        self._context.account.merge(merged)
        return joined

    def release(self) -> list[Frame]:
        """Everything that is held, as it is, in a frame with a delivery of its own."""
        entries = [(one.alone(), one.holds) for one in self._held.values()]
        self._forget()
        return released(entries)

    def _forget(self) -> None:
        self._held.clear()
        self._size = 0

    def _hold(self, labels: Labels, frame: Frame, row: int, text: bytes) -> None:
        one = self._held.get(labels)
        if one is None:
            one = self._held[labels] = _Held([], 0, row, None, [], set())
        one.row, one.frame = row, None
        one.origins.add(int(frame.origin[row]))
        self._size -= one.size
        self._append(one, text)
        self._size += one.size

    def _append(self, one: _Held, text: bytes) -> None:
        if self._cut and one.size + len(text) > self._cut:
            self._truncated.inc()
            text = text[: self._cut - one.size]
        one.pieces.append(text)
        one.size += len(text)

    def _flush(
        self, frame: Frame, row: int, lines: dict[int, tuple[bytes, int]], gone: set[int], early: list[Frame]
    ) -> None:
        """Send on all that is held, with the entries of `frame` or, where they are older, in front of entry `row`."""
        for one in self._held.values():
            if one.frame is None:
                gone.discard(one.row)
                part = ride(frame.delivery, int(frame.origin[one.row]), one.holds, one.origins)
                lines[one.row] = one.text, part
            else:
                own = np.full(1, frame.delivery.add_part(releasing(one.holds)), np.int32)
                early.append(replace(one.alone(), origin=own, position=frame.position[[row]]))
        self._flushed.inc(len(self._held))
        self._forget()

    def _keep(self, frame: Frame) -> None:
        """What is still held outlives the frame: it gets a frame of its own and keeps the delivery open."""
        for one in self._held.values():
            if one.frame is None:
                one.frame = frame.take(np.array([one.row])).settled()
                one.holds.extend(frame.delivery.hold(origin) for origin in one.origins)
                one.origins = set()


def _concerned(stream: Codes, matched: Mask, partial: Mask, held: set[int]) -> list[int]:
    """Partial lines, and of each label set the line after a partial one, or the first when something is held; in order."""
    rows: list[int] = []
    for number in held | set(np.unique(stream[partial]).tolist()):
        own = np.flatnonzero((stream == number) & matched)
        chosen = partial[own].copy()
        chosen[1:] |= partial[own[:-1]]
        chosen[:1] |= number in held
        rows.extend(own[chosen].tolist())
    return sorted(rows)


def _assembled(frame: Frame, lines: dict[int, tuple[bytes, int]], gone: set[int], early: list[Frame]) -> Frame:
    """`lines` are new lines of rows, and the parts that they count for."""
    if lines:
        rows, origin = list(lines), frame.origin.copy()
        origin[rows] = [part for _, part in lines.values()]
        frame = replace(frame, line=put(frame.line, rows, [text for text, _ in lines.values()]), origin=origin)
    if gone:
        keep = np.ones(len(frame), np.bool_)
        keep[list(gone)] = False
        frame = frame.where(keep)
    return join([*early, frame], frame.delivery) if early else frame
