"""stage.timestamp"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import numpy.typing as npt

from runtime.component import ComponentError
from runtime.signals.columns import Coded, Column, Mask, Text
from runtime.signals.labels import Labels
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.times import Times

_FUDGE, _SKIP, _KEEP = "fudge", "skip", "keep"
_REMEMBERED = 10_000
Nanos = npt.NDArray[np.int64]


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    format: str
    fallback_formats: list[str] | None = None
    location: str | None = None
    action_on_failure: str = ""
    action_on_duplicate_timestamp: str = ""


@stage("timestamp", arguments=Arguments)
class Timestamp(Stage[Arguments]):
    """Sets the timestamp from the extracted value of `source`, read by `format` or the first of `fallback_formats` that fits.

    A format is a Go layout, the name of one (`RFC3339`, `ANSIC`, …), or `Unix`, `UnixMs`, `UnixUs`, `UnixNs`. A layout without
    year means the current one. `location` is for own layouts without zone. What cannot be read gets the last known
    time of its label set and a nanosecond (`fudge`, the default), or keeps its time (`skip`). A time equal to the one before
    it in its label set gets a nanosecond more than that (`fudge`, the default), or stays (`keep`). 10,000 label sets are
    remembered.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.source:
            raise ComponentError("`source` is empty, name the extracted value that holds the time", "source")
        if not arguments.format:
            raise ComponentError("`format` is empty, use a name like `RFC3339` or a Go layout", "format")
        _one_of(arguments.action_on_failure, (_FUDGE, _SKIP), "action_on_failure")
        _one_of(arguments.action_on_duplicate_timestamp, (_FUDGE, _KEEP), "action_on_duplicate_timestamp")
        location = _location(arguments.location) if arguments.location else None
        self._times = Times([arguments.format, *(arguments.fallback_formats or [])], location)
        self._fudges_failures = arguments.action_on_failure != _SKIP
        self._fudges_equals = arguments.action_on_duplicate_timestamp != _KEEP
        self._last: OrderedDict[Labels, tuple[int, int]] = OrderedDict()

    def process(self, frame: Frame) -> Frame:
        column = frame.extracted.get(self.arguments.source)
        nanos, good = self._parsed(column, len(frame))
        if not (self._fudges_failures or self._fudges_equals):
            return replace(frame, timestamp=np.where(good, nanos, frame.timestamp))
        stream, streams = frame.numbered()
        order = np.argsort(stream, kind="stable")
        timestamp = frame.timestamp.copy()
        bounds = np.flatnonzero(np.diff(stream[order], prepend=-1, append=-1))
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            rows = order[start:end]
            self._adjust(streams[stream[rows[0]]], rows, nanos, good, timestamp)
        return replace(frame, timestamp=timestamp)

    def _parsed(self, column: Column | None, entries: int) -> tuple[Nanos, Mask]:
        match column:
            case None:
                return np.zeros(entries, np.int64), np.zeros(entries, np.bool_)
            case Text(array):
                return self._times.array(array)
            case Coded(values, codes):
                nanos, good = self._times.values(values)
                return np.append(nanos, 0)[codes], np.append(good, False)[codes]

    def _adjust(self, labels: Labels, rows: Any, nanos: Nanos, good: Mask, timestamp: Nanos) -> None:
        """Set the times of one label set's entries, in their order."""
        read, sound = nanos[rows], good[rows]
        parsed, adjusted = self._last.get(labels, (None, None))
        equal = (read[1:] == read[:-1]).any() or int(read[0]) == parsed
        if sound.all() and not (self._fudges_equals and equal):
            timestamp[rows] = read
            parsed = adjusted = int(read[-1])
        else:
            for row, value, is_time in zip(rows.tolist(), read.tolist(), sound.tolist(), strict=True):
                if is_time:
                    again = self._fudges_equals and value == parsed and adjusted is not None
                    parsed, adjusted = value, adjusted + 1 if again and adjusted is not None else value
                    timestamp[row] = adjusted
                elif self._fudges_failures and adjusted is not None:
                    adjusted += 1
                    timestamp[row] = adjusted
        if parsed is not None and adjusted is not None:
            self._last[labels] = parsed, adjusted
            self._last.move_to_end(labels)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)


def _one_of(value: str, choices: tuple[str, str], attribute: str) -> None:
    if value and value not in choices:
        raise ComponentError(f"`{value}` is no action, use `{choices[0]}` or `{choices[1]}`", attribute)


def _location(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ComponentError(f"`{name}` is no time zone, use a name like `Europe/Prague`", "location") from None
