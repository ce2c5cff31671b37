"""Many JSON objects, one a value of an Arrow column, decoded with as few calls as possible."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runtime.text.binary import parts

__all__ = ["MALFORMED", "Objects"]


class _Malformed:
    """Marks a text that is no JSON of the wanted form."""

    def __repr__(self) -> str:
        return "MALFORMED"


MALFORMED: Any = _Malformed()
_FAST_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ONE_BY_ONE = 16
_OPEN, _CLOSE, _NEWLINE = ord("{"), ord("}"), ord("\n")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Objects:
    """Decodes into objects of `kind`: a msgspec struct, or dict. `null` is one without fields.

    A joined text of many lines is decoded in one call, but only when nothing in it can make one line's end the next one's
    beginning: every line opens with `{` and closes with `}` (so a string or object that runs on breaks the syntax), holds
    no newline, and there are as many results as lines. What does not pass is halved until the bad lines stand alone; these
    are read by Python's decoder, which takes what Go takes: broken UTF-8, lone surrogates, anything around the object.
    """

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)
        self._empty = kind()

    def decode(self, array: Any) -> list[Any]:
        """An object for each value of a `pa.binary()` array, `MALFORMED` where it is none, None where it is absent."""
        entries = len(array)
        if not entries:
            return []
        data, offsets = parts(array)
        start, end = offsets[:-1], offsets[1:]
        filled = end - start >= 2
        framed = filled.copy()
        framed[filled] = (data[start[filled]] == _OPEN) & (data[end[filled] - 1] == _CLOSE)
        out: list[Any] = [MALFORMED] * entries
        if framed.all():
            self._many(array, out, np.arange(entries))
            return out
        rows = np.flatnonzero(framed)
        self._many(array.take(pa.array(rows)), out, rows)
        for row in np.flatnonzero(~framed).tolist():
            value = array[row].as_py()
            out[row] = None if value is None else self._one(value)
        return out

    def _many(self, array: Any, out: list[Any], rows: npt.NDArray[Any]) -> None:
        entries = len(array)
        if entries <= 1:
            if entries:
                out[int(rows[0])] = self._one(array[0].as_py())
            return
        decoded = self._lines(array)
        if decoded is not None:
            if entries == len(out):
                out[:] = decoded
            else:
                for row, value in zip(rows.tolist(), decoded, strict=True):
                    out[row] = value
            return
        if entries <= _ONE_BY_ONE:
            for row, value in zip(rows.tolist(), array.to_pylist(), strict=True):
                out[row] = self._one(value)
            return
        middle = entries // 2
        self._many(array.slice(0, middle), out, rows[:middle])
        self._many(array.slice(middle), out, rows[middle:])

    def _lines(self, array: Any) -> list[Any] | None:
        joined = _with_newlines(array)
        if np.count_nonzero(np.frombuffer(joined, np.uint8) == _NEWLINE) != len(array):
            return None
        try:
            decoded = self._decoder.decode_lines(joined)
        except _FAST_ERRORS:
            return None
        return decoded if len(decoded) == len(array) else None

    def _one(self, text: bytes) -> Any:
        try:
            return self._decoder.decode(text)
        except _FAST_ERRORS:
            pass
        try:
            value = json.loads(text.decode("utf-8", "replace"), parse_constant=_refuse, parse_float=_finite)
        except (ValueError, RecursionError):
            return MALFORMED
        if value is None:
            return self._empty
        if not isinstance(value, dict):
            return MALFORMED
        return self._kind_of(_without_surrogates(value))

    def _kind_of(self, value: dict[str, Any]) -> Any:
        return value if self._kind is dict else msgspec.convert(value, self._kind)


def _with_newlines(array: Any) -> bytes | memoryview:
    """The values, each followed by a newline."""
    data, offsets = parts(array)
    low, entries = int(offsets[0]), len(array)
    lengths = np.diff(offsets).astype(np.int64)
    out = np.empty(int(offsets[-1]) - low + entries, np.uint8)
    ends = np.cumsum(lengths + 1) - 1
    keep = np.ones(len(out), np.bool_)
    keep[ends] = False
    out[keep] = data[low : int(offsets[-1])]
    out[ends] = _NEWLINE
    return out.data


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is out of range")
    return value


def _without_surrogates(value: Any) -> Any:
    """Go reads half of a surrogate pair as U+FFFD."""
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case dict():
            return {_without_surrogates(name): _without_surrogates(inner) for name, inner in value.items()}
        case list():
            return [_without_surrogates(inner) for inner in value]
        case _:
            return value
