"""Times in the formats of `stage.timestamp`, over columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runtime.signals.columns import Mask, Text, Value, text_of, to_bytes
from runtime.text import rfc3339
from runtime.text.binary import parts
from runtime.text.gotime import Layout
from runtime.text.layout import NAMED

__all__ = ["Times"]

_UNITS = {"UnixMs": 10**6, "UnixUs": 10**3, "UnixNs": 1}
_NATIVE = ("RFC3339", "RFC3339Nano")
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MOST = (1 << 63) - 1
_MANY = 32
Nanos = npt.NDArray[np.int64]


class Times:
    """Tries `formats` one after the other; `location` counts for those that are layouts of their own."""

    def __init__(self, formats: Sequence[str], location: ZoneInfo | None) -> None:
        self._readers = [_reader(one, location) for one in formats]
        self._native = formats[0] in _NATIVE

    def array(self, array: Any) -> tuple[Nanos, Mask]:
        """Nanoseconds since 1970 of each value of a `pa.binary()` array, and which of them are times."""
        if self._native:
            data, offsets = parts(array)
            nanos, good = rfc3339.parse(data, offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64))
            rows = np.flatnonzero(~good)
            if not len(rows) or len(self._readers) == 1:
                return nanos, good
            nanos[rows], good[rows] = self._distinct(array.take(pa.array(rows)))
            return nanos, good
        return self._distinct(array)

    def values(self, values: Sequence[Value]) -> tuple[Nanos, Mask]:
        """The same for Python values."""
        if self._native and len(values) > _MANY and set(map(type, values)) == {str}:
            return self.array(pa.array([to_bytes(value) for value in values if isinstance(value, str)], pa.binary()))
        return self._each(values)

    def _each(self, values: Sequence[Value]) -> tuple[Nanos, Mask]:
        found = [self._one(value) for value in values]
        nanos = np.array([0 if one is None else one for one in found], np.int64)
        return nanos, np.array([one is not None for one in found], np.bool_)

    def _distinct(self, array: Any) -> tuple[Nanos, Mask]:
        column = Text(array).coded()
        nanos, good = self._each(column.values)
        return np.append(nanos, 0)[column.codes], np.append(good, False)[column.codes]

    def _one(self, value: Value) -> int | None:
        text = text_of(value)
        if text is None:
            return None
        for read in self._readers:
            found = read(text)
            if found is not None and -_MOST <= found <= _MOST:
                return found
        return None


def _reader(form: str, location: ZoneInfo | None) -> Callable[[str], int | None]:
    if form == "Unix":
        return _unix
    if form in _UNITS:
        unit = _UNITS[form]
        return lambda text: int(text) * unit if _INTEGER.fullmatch(text) else None
    if form in _NATIVE:
        return lambda text: rfc3339.parse_one(text.encode("utf-8", "surrogateescape"))
    if form in NAMED:
        return Layout(NAMED[form]).parse
    return Layout(form, location).parse


def _unix(text: str) -> int | None:
    """Seconds, with a fraction after a point; the fraction of a negative number counts forward, as in Alloy."""
    whole, point, fraction = text.partition(".")
    if not _INTEGER.fullmatch(whole) or (point and not _INTEGER.fullmatch(fraction)):
        return None
    nanos = int(float(fraction) * 10.0 ** (9 - len(fraction))) if point else 0
    return int(whole) * 10**9 + nanos
