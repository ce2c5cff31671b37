"""stage.cri"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from runtime.component import ComponentError
from runtime.signals.columns import ABSENT, Coded, Column, Mask, Text, text_of
from runtime.stages._partials import Partials
from runtime.stages.extracted import Deferred
from runtime.stages.frame import Frame
from runtime.stages.grouping import Relabeller
from runtime.stages.stage import Context, Stage, stage
from runtime.text import rfc3339
from runtime.text.binary import Bytes, parts, put, slices, windows

_STREAMS = (b"stdout ", b"stderr ")
_AFTER_STREAM = 7
_LONGEST_TIME = 40
_FULL, _PARTIAL = 0, 1


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    max_partial_lines: int = 100
    max_partial_line_size: int = 0
    max_partial_line_size_truncate: bool = False


@stage("cri", arguments=Arguments)
class Cri(Stage[Arguments]):
    """Reads lines of the container runtime interface, `<time> stdout|stderr [F|P] <content>`; others pass unchanged.

    The content becomes the line, the time the timestamp (kept when it is no RFC 3339 time), the stream a label; `flags`,
    `stream`, `content` and `time` are extracted. Contents of `P` lines are held for each label set and joined in front of
    the next `F` line, whose time and extracted values count. When `max_partial_lines` label sets are held, the next `P`
    sends all of them on as they are. `max_partial_line_size_truncate` cuts what is joined to `max_partial_line_size` bytes.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if arguments.max_partial_line_size < 0:
            raise ComponentError("`max_partial_line_size` must not be negative", "max_partial_line_size")
        cut = arguments.max_partial_line_size if arguments.max_partial_line_size_truncate else 0
        self._partials = Partials(context, max(arguments.max_partial_lines, 1), cut)
        self._relabeller = Relabeller()

    def process(self, frame: Frame) -> Frame:
        data, offsets = parts(frame.line)
        start, end = offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64)
        space = _first_space(data, start, end)
        stream, flag, content = _fields(data, start, space, end)
        matched = stream >= 0
        if not matched.any():
            return frame
        nanos, good = rfc3339.parse(data, start, np.where(matched, space, start))
        frame = self._changed(
            frame,
            matched,
            stream,
            flag,
            (start, space, np.where(matched, content, start), end),
            np.where(good, nanos, frame.timestamp),
        )
        partial = flag == _PARTIAL
        if partial.any() or self._partials.held():
            frame = self._partials.join(frame, matched, partial)
        return frame

    def _changed(
        self,
        frame: Frame,
        matched: Mask,
        stream: npt.NDArray[np.int32],
        flag: npt.NDArray[np.int32],
        bounds: tuple[Any, Any, Any, Any],
        timestamp: npt.NDArray[np.int64],
    ) -> Frame:
        raw, (start, space, content, end) = frame.line, bounds
        everything = bool(matched.all())
        line = slices(raw, content, end)

        def time_column() -> Text:
            column = slices(raw, start, np.where(matched, space, start))
            return Text(column if everything else _without(column, matched))

        streams = Coded(("stdout", "stderr"), stream)
        columns: dict[str, Column | Deferred] = {
            "flags": Coded(("F", "P"), flag),
            "stream": streams,
            "content": Text(line if everything else _without(line, matched)),
            "time": time_column,
        }
        changed = replace(frame, timestamp=timestamp, line=line, extracted=frame.extracted.with_columns(columns))
        return self._relabeller.apply(changed, ("stream",), (streams,), text_of)

    def held(self) -> int:
        return self._partials.held()

    def expire(self, now: float | None) -> list[Frame]:
        return self._partials.release() if now is None else []


def _first_space(data: Bytes, start: npt.NDArray[Any], end: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The position of the first space of each line; its end where there is none."""
    found = windows(data, start, _LONGEST_TIME) == ord(" ")
    space = start + found.argmax(axis=1)
    # Column 0 is also what argmax says for no space at all.
    for i in np.flatnonzero((space == start) | (space > end)).tolist():
        at = data[int(start[i]) : int(end[i])].tobytes().find(b" ")
        space[i] = end[i] if at < 0 else start[i] + at
    first: npt.NDArray[np.int64] = np.minimum(space, end)
    return first


def _fields(
    data: Bytes, start: npt.NDArray[Any], space: npt.NDArray[Any], end: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Of what follows the time: the stream (-1: this is no CRI line), the flag (-1 too), and where the content begins.

    A text other than F and P after the stream is content already, of a full line.
    """
    rows = windows(data, space + 1, 9)
    word = np.ascontiguousarray(rows[:, :8]).view(np.uint64)[:, 0] & np.uint64(0x00FFFFFFFFFFFFFF)
    stream = np.full(len(space), ABSENT, np.int32)
    for code, text in enumerate(_STREAMS):
        stream[word == np.uint64(int.from_bytes(text, "little"))] = code
    content = space + 1 + _AFTER_STREAM
    stream[(content > end) | (space == start)] = ABSENT

    left = end - content
    partial = (rows[:, 7] == ord("P")) & (left > 0)
    flagged = partial | ((rows[:, 7] == ord("F")) & (left > 0))
    spaced = flagged & (rows[:, 8] == ord(" ")) & (left > 1)
    content = content + flagged + spaced
    matched = stream >= 0
    flag = np.where(matched, partial, ABSENT).astype(np.int32)
    return stream, flag, content


def _without(array: Any, keep: Mask) -> Any:
    """The array with nulls where `keep` is false."""
    rows = np.flatnonzero(~keep).tolist()
    return put(array, rows, [None] * len(rows))
