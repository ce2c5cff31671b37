"""Partial lines of the container runtime interface, held until the rest comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from runtime.signals.columns import Codes, Mask
from runtime.signals.delivery import Delivery, Hold
from runtime.signals.labels import Labels
from runtime.stages.frame import Frame, join
from runtime.stages.stage import Context
from runtime.text.binary import put

__all__ = ["Partials"]


@dataclass(slots=True)
class _Held:
    """The newest partial line of a label set, with all that came before it in `text`.

    `row` is its number in the frame at hand, or -1 for one of an earlier frame, which is `frame` then. `holds` keep open the
    deliveries of entries from earlier frames, `origins` are the parts of this frame's delivery that it was made of.
    """

    text: bytes
    row: int
    frame: Frame | None
    holds: list[Hold]
    origins: set[int]


class Partials:
    """At most `limit` label sets are held; `cut` is the most bytes of a joined line, 0 for any number."""

    def __init__(self, context: Context, limit: int, cut: int) -> None:
        self._context = context
        self._limit = limit
        self._cut = cut
        self._held: dict[Labels, _Held] = {}
        prefix = "loki_process_cri"
        self._truncated = context.counter(f"{prefix}_lines_truncated_total", "CRI lines that were truncated")
        self._flushed = context.counter(
            f"{prefix}_partial_lines_flushed_total", "CRI partial lines that were flushed because too many were held"
        )

    def held(self) -> int:
        return len(self._held)

    def join(self, frame: Frame, matched: Mask, partial: Mask) -> Frame:
        """The frame without partial lines; `matched` are the CRI lines of it, `partial` the partial ones among them."""
        gone: set[int] = set()
        lines: dict[int, bytes] = {}
        early: list[Frame] = []
        stream, streams = frame.numbered()
        rows = _concerned(stream, matched, partial, {i for i, labels in enumerate(streams) if labels in self._held})
        for row in rows:
            labels = streams[stream[row]]
            before = self._held.get(labels)
            if partial[row]:
                if len(self._held) >= self._limit:
                    self._flush(frame, row, lines, gone, early)
                    before = None
                self._hold(labels, frame, row, before)
                gone.add(row)
            elif before is not None:
                del self._held[labels]
                lines[row] = self._shortened(before.text + frame.line[row].as_py())
                _ride(before, frame, int(frame.origin[row]))
                self._context.account.merge(1)
        self._keep(frame)
        return _assembled(frame, lines, gone, early)

    def release(self) -> list[Frame]:
        """Everything that is held, as it is, in a frame with a delivery of its own."""
        held, self._held = list(self._held.values()), {}
        if not held:
            return []
        parts, frames = [], []
        for number, one in enumerate(held):
            assert one.frame is not None
            here = np.full(1, number)
            frames.append(replace(one.frame, origin=here.astype(np.int32), position=here))
            parts.append(_releasing(one.holds))
        return [join(frames, Delivery(parts))]

    def _hold(self, labels: Labels, frame: Frame, row: int, before: _Held | None) -> None:
        origin = int(frame.origin[row])
        text = frame.line[row].as_py()
        if before is None:
            self._held[labels] = _Held(self._shortened(text), row, None, [], {origin})
            return
        self._context.account.merge(1)
        text = self._shortened(before.text + text)
        self._held[labels] = _Held(text, row, None, before.holds, before.origins | {origin})

    def _flush(self, frame: Frame, row: int, lines: dict[int, bytes], gone: set[int], early: list[Frame]) -> None:
        """Send on all that is held, with the entries of `frame` or, where they are older, in front of entry `row`."""
        for one in self._held.values():
            if one.frame is None:
                gone.discard(one.row)
                lines[one.row] = one.text
                _ride(one, frame, int(frame.origin[one.row]))
            else:
                part = np.full(1, frame.delivery.add_part(_releasing(one.holds)), np.int32)
                early.append(replace(one.frame, origin=part, position=frame.position[[row]]))
        self._flushed.inc(len(self._held))
        self._held.clear()

    def _keep(self, frame: Frame) -> None:
        """What is still held outlives the frame: it gets a frame of its own and keeps the delivery open."""
        for one in self._held.values():
            if one.frame is None:
                one.holds.extend(frame.delivery.hold(origin) for origin in one.origins)
                one.origins = set()
                alone = frame.take(np.array([one.row])).settled()
                one.frame = replace(alone, line=put(alone.line, [0], [one.text]))

    def _shortened(self, text: bytes) -> bytes:
        if self._cut and len(text) > self._cut:
            self._truncated.inc()
            return text[: self._cut]
        return text


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


def _ride(one: _Held, frame: Frame, origin: int) -> None:
    """What was held goes on in an entry of part `origin` of the frame's delivery."""
    for hold in one.holds:
        frame.delivery.attach(origin, hold.release)
    for other in one.origins - {origin}:
        frame.delivery.attach(origin, frame.delivery.hold(other).release)


def _releasing(holds: list[Hold]) -> Callable[[], None]:
    def release() -> None:
        for hold in holds:
            hold.release()

    return release


def _assembled(frame: Frame, lines: dict[int, bytes], gone: set[int], early: list[Frame]) -> Frame:
    if lines:
        frame = replace(frame, line=put(frame.line, list(lines), list(lines.values())))
    if gone:
        keep = np.ones(len(frame), np.bool_)
        keep[list(gone)] = False
        frame = frame.where(keep)
    return join([*early, frame], frame.delivery) if early else frame
