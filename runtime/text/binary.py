"""Arrow binary arrays as the numpy arrays that they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Bytes", "lengths", "parts", "put", "slices", "windows"]

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int32]


def parts(array: Any) -> tuple[Bytes, Offsets]:
    """The bytes of a `pa.binary()` array, and the len + 1 offsets of its values; nothing is copied."""
    _, offsets, data = array.buffers()
    if not len(array):
        return np.zeros(0, np.uint8), np.zeros(1, np.int32)
    bounds = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)
    return np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8), bounds


def lengths(array: Any) -> npt.NDArray[np.int32]:
    """Bytes of each value; an absent one has none."""
    _, offsets = parts(array)
    return np.diff(offsets)


def windows(data: Bytes, at: npt.NDArray[Any], width: int) -> Bytes:
    """`width` bytes from each position on, as rows; zeros stand for what lies beyond the data."""
    if len(data) < 2 * width:
        data = np.concatenate((data, np.zeros(2 * width, np.uint8)))
    last = len(data) - width
    view = np.ndarray((last + 1,), f"V{width}", data, strides=(1,))
    rows: Bytes = view[np.minimum(at, last)].view(np.uint8).reshape(-1, width)
    beyond = np.flatnonzero(at > last)
    if len(beyond):
        tail = np.concatenate((data[last:], np.zeros(width, np.uint8)))
        starts = np.minimum(at[beyond] - last, width)
        rows[beyond] = tail[starts[:, None] + np.arange(width)]
    return rows


def slices(array: Any, start: npt.NDArray[Any], end: npt.NDArray[Any]) -> Any:
    """A new array with `data[start[i]:end[i]]` for each value, copied once.

    The slices must lie in order and not overlap, as parts of an array's own values do.
    """
    entries = len(start)
    if not entries:
        return pa.array([], pa.binary())
    # Every second value of this array is a slice, the others are the gaps between them.
    offsets = np.empty(2 * entries, np.int32)
    offsets[0::2] = start
    offsets[1::2] = end
    buffers = [None, pa.py_buffer(offsets), array.buffers()[2]]
    both = pa.Array.from_buffers(pa.binary(), 2 * entries - 1, buffers)
    return both.take(pa.array(np.arange(0, 2 * entries, 2)))


def put(array: Any, rows: Sequence[int], values: Sequence[bytes | None]) -> Any:
    """The array with `values[k]` in place of value `rows[k]`."""
    if not len(rows):
        return array
    source = np.arange(len(array))
    source[np.asarray(rows)] = len(array) + np.arange(len(rows))
    return pa.concat_arrays([array, pa.array(values, pa.binary())]).take(pa.array(source))
