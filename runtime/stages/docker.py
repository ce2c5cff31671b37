"""stage.docker"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from runtime.signals.columns import ABSENT, Coded, Column, Text, encode_values, text_of
from runtime.stages.frame import Frame
from runtime.stages.grouping import Relabeller
from runtime.stages.stage import Context, Stage, stage
from runtime.text import rfc3339
from runtime.text.binary import parts, put
from runtime.text.jsonlines import MALFORMED, Objects


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    pass


class _Record(msgspec.Struct, frozen=True, gc=False):
    """A line of Docker's json-file log. Field names are Docker's own; others are not looked at."""

    log: Any = None
    stream: Any = None
    time: Any = None


@stage("docker", arguments=Arguments)
class Docker(Stage[Arguments]):
    """Reads lines of Docker's json-file log driver, `{"log": …, "stream": …, "time": …}`; others pass unchanged.

    `log` becomes the line with the newline at its end, `stream` a label (empty when missing), `time` the timestamp (kept
    when it is no RFC 3339 time); `output`, `stream` and `timestamp` are extracted.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        self._records = Objects(_Record)
        self._fallback = Objects(dict)
        self._relabeller = Relabeller()

    def process(self, frame: Frame) -> Frame:
        records = self._records.decode(frame.line)
        rows: list[int] = []
        fields: list[tuple[str, str, str]] = []
        for row, record in enumerate(records):
            found = self._fields(frame, row, record)
            if found is not None:
                rows.append(row)
                fields.append(found)
        if not rows:
            return frame
        return self._changed(frame, rows, fields)

    def _fields(self, frame: Frame, row: int, record: Any) -> tuple[str, str, str] | None:
        if record is MALFORMED:
            return None
        log, stream, time = record.log, record.stream, record.time
        if log is None or stream is None or time is None:
            # Go finds fields whatever the case of their names.
            whole = self._fallback.decode(frame.line.slice(row, 1))[0]
            for name, value in whole.items():
                match name.lower():
                    case "log":
                        log = value if value is not None else log
                    case "stream":
                        stream = value if value is not None else stream
                    case "time":
                        time = value if value is not None else time
        texts = ["" if value is None else value for value in (log, stream, time)]
        if not texts[0] or not all(isinstance(text, str) for text in texts):
            return None
        return texts[0], texts[1], texts[2]

    def _changed(self, frame: Frame, rows: list[int], fields: list[tuple[str, str, str]]) -> Frame:
        entries = len(frame)
        logs, streams, times = zip(*fields, strict=True)
        lines = [log.encode() for log in logs]
        time_array = pa.array([time.encode() for time in times], pa.binary())
        data, offsets = parts(time_array)
        nanos, good = rfc3339.parse(data, offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64))
        at = np.array(rows)
        timestamp = frame.timestamp.copy()
        timestamp[at[good]] = nanos[good]
        stream = _spread(encode_values(streams), at, entries)
        if len(rows) == entries:
            line = output = pa.array(lines, pa.binary())
            times_column = time_array
        else:
            line = put(frame.line, rows, lines)
            nothing = pa.nulls(entries, pa.binary())
            output, times_column = put(nothing, rows, lines), put(nothing, rows, time_array.to_pylist())
        columns: dict[str, Column] = {"output": Text(output), "stream": stream, "timestamp": Text(times_column)}
        changed = replace(frame, timestamp=timestamp, line=line, extracted=frame.extracted.with_columns(columns))
        return self._relabeller.apply(changed, ("stream",), (stream,), text_of)


def _spread(column: Coded, rows: Any, entries: int) -> Coded:
    codes = np.full(entries, ABSENT, np.int32)
    codes[rows] = column.codes
    return Coded(column.values, codes)
