"""Times in RFC 3339 as Go's `time.RFC3339Nano` reads them, over a whole column.

Accepted: `2024-03-05T10:20:30`, a fraction of any length after `.` or `,`, and `Z` or an offset `+hh:mm`. The common form,
up to nine digits, is read in native code; what is left is read one by one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.signals.columns import Mask
from runtime.text.binary import Bytes, windows

__all__ = ["parse", "parse_one"]

_WIDTH = 36
"""Bytes of the longest common form: 19, a point, nine digits, an offset of six."""
_TAIL = 19
"""Where the fraction or the zone begins."""
_POWERS = 10.0 ** np.arange(8, -1, -1)
_SECOND = 10**9
_EXACT = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d?:\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))")
_MINUTE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d?:\d\d")
_minutes: dict[bytes, int] = {}
_NO_MINUTE = -(1 << 62)


def parse(data: Bytes, start: npt.NDArray[Any], end: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], Mask]:
    """Nanoseconds since 1970 of each `data[start:end]`, and which of them are times."""
    if not len(start):
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    rows = windows(data, start, _WIDTH)
    length = end - start
    nanos, good = _common(rows, length)
    for i in np.flatnonzero(~good & (length > 0)).tolist():
        exact = parse_one(data[int(start[i]) : int(end[i])].tobytes())
        if exact is not None:
            nanos[i], good[i] = exact, True
    return nanos, good


def parse_one(text: bytes) -> int | None:
    """Nanoseconds since 1970, or None when the text is no time."""
    match = _EXACT.fullmatch(text)
    if match is None:
        return None
    minute, second, fraction, sign, hours, minutes = match.groups()
    base = _minute(minute)
    if base == _NO_MINUTE or int(second) > 59:
        return None
    offset = 0
    if sign:
        if int(hours) > 24 or int(minutes) > 60:
            return None
        offset = (int(hours) * 60 + int(minutes)) * 60 * (-1 if sign == b"-" else 1)
    nanos = int((fraction or b"")[:9].ljust(9, b"0"))
    return (base + int(second) - offset) * _SECOND + nanos


def _minute(text: bytes) -> int:
    """Seconds since 1970 at the start of a minute (`2024-03-05T10:20`)."""
    known = _minutes.get(text)
    if known is None:
        known = _NO_MINUTE
        if _MINUTE.fullmatch(text):
            day, _, clock = text.decode().partition("T")
            hour, _, minute = clock.partition(":")
            try:
                date = datetime.fromisoformat(day).replace(tzinfo=UTC)
                # Nanoseconds in 64 bits reach from 1677 to 2262.
                if 1678 <= date.year <= 2261 and int(hour) <= 23 and int(minute) <= 59:
                    known = int(date.timestamp()) + int(hour) * 3600 + int(minute) * 60
            except ValueError:
                pass
        if len(_minutes) >= 10_000:
            _minutes.clear()
        _minutes[text] = known
    return known


def _common(rows: Bytes, length: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], Mask]:
    entries = len(rows)
    # Byte `length - 1` tells a Z from an offset.
    inside = np.clip(length, 1, _WIDTH)
    each = np.arange(entries)
    last = rows[each, inside - 1]
    zulu = last == ord("Z")
    zone = np.where(zulu, inside - 1, inside - 6)
    good = (length > _TAIL) & (length <= _WIDTH) & (zone >= _TAIL) & (zone <= 29) & (rows[:, 16] == ord(":"))

    tens, ones = rows[:, 17] - 48, rows[:, 18] - 48
    good &= (tens <= 5) & (ones <= 9)
    seconds = tens * np.int64(10) + ones

    digits = rows[:, 20:29] - 48
    count = zone - 20
    outside = np.arange(9) >= count[:, None]
    good &= ((digits <= 9) | outside).all(axis=1)
    digits[outside] = 0
    nanos = (digits.astype(np.float64) @ _POWERS).astype(np.int64)
    point = rows[:, _TAIL]
    good &= (count == -1) | (((point == ord(".")) | (point == ord(","))) & (count >= 1))

    if not zulu.all():
        offset, sound = _offsets(rows, each, np.clip(zone, 0, _WIDTH - 6))
        good &= zulu | sound
        seconds -= np.where(zulu, 0, offset)
    seconds += _minutes_of(rows, good)
    return seconds * _SECOND + nanos, good


def _offsets(rows: Bytes, each: npt.NDArray[Any], zone: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], Mask]:
    """Seconds of `+hh:mm` at column `zone` of each row, and whether it is one."""
    text = rows[each[:, None], zone[:, None] + np.arange(6)]
    sign = text[:, 0]
    digits = text[:, (1, 2, 4, 5)] - 48
    hours, minutes = digits[:, 0] * np.int64(10) + digits[:, 1], digits[:, 2] * np.int64(10) + digits[:, 3]
    sound = ((sign == ord("+")) | (sign == ord("-"))) & (text[:, 3] == ord(":")) & (digits <= 9).all(axis=1)
    sound &= (hours <= 24) & (minutes <= 60)
    return np.where(sign == ord("-"), -1, 1) * (hours * 60 + minutes) * 60, sound


def _minutes_of(rows: Bytes, good: Mask) -> npt.NDArray[np.int64]:
    """Seconds since 1970 of each row's minute, looked up once for a run of rows in the same minute; clears `good` for none."""
    text = np.ascontiguousarray(rows[:, :16])
    halves = text.view(np.uint64)
    change = np.ones(len(rows), np.bool_)
    change[1:] = (halves[1:] != halves[:-1]).any(axis=1)
    first = np.flatnonzero(change)
    found = np.array([_minute(text[i].tobytes()) for i in first.tolist()], np.int64)
    known = found != _NO_MINUTE
    run = np.cumsum(change) - 1
    if not known.all():
        good &= known[run]
        found[~known] = 0
    seconds: npt.NDArray[np.int64] = found[run]
    return seconds
