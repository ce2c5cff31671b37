"""stage.multiline"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from compiler.evaluate.types import Duration
from runtime.component import ComponentError
from runtime.signals.columns import Mask
from runtime.signals.delivery import Hold
from runtime.signals.labels import Labels
from runtime.stages._holds import released, releasing, ride
from runtime.stages.frame import Frame, join
from runtime.stages.stage import Context, Stage, stage
from runtime.text.binary import parts, put
from runtime.text.regex import Pattern

_MOST_BYTES = 1 << 20
"""A block that has so many goes on in a new entry, as with `max_lines`: what is held stays within bounds."""
_NEWLINES = b"\r\n"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    firstline: str
    max_lines: int = 128
    max_wait_time: Duration = Duration.parse("3s")
    trim_newlines: bool = True


@dataclass(slots=True)
class _Block:
    """The lines of a block that have not gone on. Its entry is row `row` of the frame at hand, or `frame`, of an earlier
    one. `rows` are the lines that came with the frame at hand, `holds` keep open the deliveries of those before."""

    row: int
    frame: Frame | None = None
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    rows: list[int] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    deadline: float = 0.0

    def copy(self) -> _Block:
        return replace(self, lines=[*self.lines], rows=[], holds=[*self.holds])

    def text(self) -> bytes:
        """As in Alloy, empty lines that a block begins with leave no newline behind."""
        begin = next((number for number, line in enumerate(self.lines) if line), len(self.lines))
        return b"\n".join(self.lines[begin:])

    def entry(self) -> Frame:
        assert self.frame is not None
        return replace(self.frame, line=put(self.frame.line, [0], [self.text()]))

    def clear(self) -> None:
        self.lines, self.size, self.rows, self.holds = [], 0, [], []


class _Work:
    """What becomes of a frame: row i goes on, if `keep[i]`, as a copy of row `source[i]` with the line `texts[i]`, for the
    part `origin[i]` of the delivery."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.keep: Mask = np.ones(len(frame), np.bool_)
        self.source = np.arange(len(frame))
        self.origin = frame.origin.copy()
        self.texts: dict[int, bytes] = {}
        self.early: list[Frame] = []

    def emit(self, block: _Block, at: int) -> None:
        """The block's lines go on, in place of the first of them in this frame, or in front of row `at`."""
        frame, delivery, rows = self.frame, self.frame.delivery, block.rows
        if not rows:
            part = np.full(1, delivery.add_part(releasing(block.holds)), np.int32)
            self.early.append(replace(block.entry(), origin=part, position=frame.position[[at]]))
        else:
            first = rows[0]
            self.origin[first] = ride(delivery, int(frame.origin[first]), block.holds, frame.origin[rows].tolist())
            self.keep[rows] = False
            if block.frame is None:
                self.keep[first], self.source[first], self.texts[first] = True, block.row, block.text()
            else:
                entry = replace(block.entry(), origin=self.origin[[first]], position=frame.position[[first]])
                self.early.append(entry)
        block.clear()

    def hold(self, block: _Block) -> None:
        """The block outlives the frame."""
        rows = block.rows
        self.keep[rows] = False
        if block.frame is None:
            block.frame = self.frame.take(np.array([block.row])).settled()
        block.holds.extend(self.frame.delivery.hold(origin) for origin in set(self.frame.origin[rows].tolist()))
        block.rows = []

    def result(self) -> Frame:
        rows = np.flatnonzero(self.keep)
        frame = self.frame
        if len(rows) < len(frame) or self.texts:
            line = put(frame.line.take(self.source), list(self.texts), list(self.texts.values()))
            frame = replace(frame.take(self.source), line=line, origin=self.origin, position=frame.position).take(rows)
        return join([*self.early, frame], frame.delivery) if self.early else frame


@stage("multiline", arguments=Arguments)
class Multiline(Stage[Arguments]):
    """Joins the lines from one that `firstline` is found in to the one before the next, with newlines, in one entry.

    Blocks are kept for each label set. Labels, timestamp and extracted values are those of the first line. A block goes on
    when the next begins, after `max_lines` lines (what follows is an entry of its own) or a MiB, or when nothing was added
    for `max_wait_time`; then a further line passes alone, as do lines before the first block.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.firstline:
            raise ComponentError("`firstline` is empty, write an RE2 expression that finds first lines", "firstline")
        if arguments.max_wait_time <= 0:
            raise ComponentError("`max_wait_time` must be above 0", "max_wait_time")
        self._pattern = Pattern(arguments.firstline, "firstline")
        # The one whose deadline comes first is the first.
        self._open: dict[Labels, _Block] = {}
        self._most = arguments.max_lines or _MOST_BYTES

    def process(self, frame: Frame) -> Frame:
        before, held = dict(self._open), self.held()
        saved = [(labels, before[labels].copy()) for labels in dict.fromkeys(frame.streams) if labels in before]
        try:
            result = self._process(frame)
        except Exception:
            self._open = before | dict(saved)
            raise
        self.context.account.merge(len(frame) + held - len(result) - self.held())
        return result

    def _process(self, frame: Frame) -> Frame:
        work, first = _Work(frame), self._pattern.search(frame.line)
        trimmed = self._ends_in_newline(frame) if self.arguments.trim_newlines else np.zeros(len(frame), np.bool_)
        stream, streams = frame.numbered()
        order = np.argsort(stream, kind="stable")
        bounds = np.flatnonzero(np.diff(stream[order], prepend=-1, append=-1)).tolist()
        for begin, end in pairwise(bounds):
            rows = order[begin:end]
            self._stream(streams[stream[rows[0]]], rows, first[rows], trimmed[rows], work)
        return work.result()

    def _stream(self, labels: Labels, rows: Any, first: Mask, trimmed: Mask, work: _Work) -> None:
        """The entries of one label set. Blocks of one line, which most logs are made of, cost nothing."""
        starts = np.flatnonzero(first)
        block = self._open.pop(labels, None)
        if block is not None:
            self._extend(block, rows[: starts[0]] if len(starts) else rows, work)
        if len(starts):
            if block is not None and block.lines:
                work.emit(block, int(rows[starts[0]]))
            sizes = np.diff(starts, append=len(rows))
            for number in np.flatnonzero((sizes[:-1] > 1) | trimmed[starts[:-1]]).tolist():
                own = rows[starts[number] : starts[number + 1]]
                whole = _Block(int(own[0]))
                self._extend(whole, own, work)
                if whole.lines:
                    work.emit(whole, int(own[0]))
            block = _Block(int(rows[starts[-1]]))
            self._extend(block, rows[starts[-1] :], work)
        if block is not None:
            work.hold(block)
            block.deadline = time.monotonic() + self.arguments.max_wait_time.seconds
            self._open[labels] = block

    def _extend(self, block: _Block, rows: Any, work: _Work) -> None:
        for row in rows.tolist():
            line = work.frame.line[row].as_py()
            block.lines.append(line.rstrip(_NEWLINES) if self.arguments.trim_newlines else line)
            block.rows.append(row)
            block.size += len(line)
            if len(block.lines) >= self._most or block.size >= _MOST_BYTES:
                work.emit(block, row)

    def _ends_in_newline(self, frame: Frame) -> Mask:
        data, offsets = parts(frame.line)
        if not len(data):
            return np.zeros(len(frame), np.bool_)
        last = data[np.maximum(offsets[1:] - 1, 0)]
        found: Mask = np.isin(last, np.frombuffer(_NEWLINES, np.uint8)) & (offsets[1:] > offsets[:-1])
        return found

    def held(self) -> int:
        return sum(bool(block.lines) for block in self._open.values())

    def due(self) -> float | None:
        return next((block.deadline for block in self._open.values()), None)

    def expire(self, now: float | None) -> list[Frame]:
        gone = [labels for labels, block in self._open.items() if now is None or block.deadline <= now]
        blocks: Sequence[_Block] = [self._open.pop(labels) for labels in gone]
        return released([(block.entry(), block.holds) for block in blocks if block.lines])
