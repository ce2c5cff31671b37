"""Protobuf varints over whole columns, as matrices of bytes (one row a value) with masks of the bytes that count.

Encoding: protobuf.dev/programming-guides/encoding, section "Base 128 Varints"; always the shortest form.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Matrix", "one", "width"]

Ints = npt.NDArray[np.uint64] | npt.NDArray[np.int64]


def one(value: int) -> bytes:
    """The varint of a single non-negative number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def width(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bytes of the varint of each value; negative ones take ten, as int64 fields do."""
    result = np.ones(len(values), np.int64)
    if not len(values):
        return result
    top = int(values.max())
    limit = 0x7F
    while limit < top:
        result += values > limit
        limit = limit << 7 | 0x7F
    if int(values.min()) < 0:
        result[values < 0] = 10
    return result


class Matrix:
    """Builds a short variable-length prefix for each of `rows` records, column by column.

    The bytes lie column after column while they are written, so that each step is one contiguous pass.
    """

    __slots__ = ("_at", "_bytes", "_mask", "_rows", "_sizes")

    def __init__(self, rows: int, columns: int) -> None:
        self._rows = rows
        self._bytes = np.empty((columns, rows), np.uint8)
        self._mask: list[npt.NDArray[np.bool_] | None] = [None] * columns
        self._at = 0
        self._sizes: Any = 0

    def constant(self, data: bytes, where: npt.NDArray[np.bool_] | None = None) -> None:
        """The same bytes in every row, or only in rows `where`."""
        for byte in data:
            self._bytes[self._at] = byte
            self._mask[self._at] = where
            self._at += 1
        self._sizes = self._sizes + (len(data) if where is None else where * len(data))

    def varint(
        self, values: npt.NDArray[np.int64], widths: npt.NDArray[np.int64], where: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """`values`, of which `widths` are the byte counts (see `width`), in every row or only in rows `where`."""
        most = int(widths.max()) if len(widths) else 0
        rest = values.view(np.uint64)
        least = int(widths.min()) if len(widths) else 0
        for place in range(most):
            column = self._bytes[self._at]
            np.bitwise_and(rest, np.uint64(0x7F), out=column, casting="unsafe")
            if place < least - 1:
                column |= np.uint8(0x80)
            elif place < most - 1:
                column |= (widths > place + 1).view(np.uint8) << np.uint8(7)
            here = None if place < least else widths > place
            if where is not None:
                here = where if here is None else here & where
            self._mask[self._at] = here
            self._at += 1
            if place < most - 1:
                rest = rest >> np.uint64(7)
        self._sizes = self._sizes + (widths if where is None else widths * where)

    def array(self) -> Any:
        """The rows as an Arrow `binary` array."""
        rows, columns = self._rows, self._at
        data: Any
        offsets: Any
        matrix = self._bytes[:columns].T
        masks = self._mask[:columns]
        if all(mask is None for mask in masks):
            data = np.ascontiguousarray(matrix).reshape(-1)
            offsets = np.arange(rows + 1, dtype=np.int32) * columns
        else:
            wanted = np.ones((rows, columns), np.bool_)
            for column, mask in enumerate(masks):
                if mask is not None:
                    wanted[:, column] = mask
            data = np.ascontiguousarray(matrix)[wanted]
            offsets = np.zeros(rows + 1, np.int32)
            np.cumsum(np.broadcast_to(self._sizes, rows), out=offsets[1:])
        return pa.Array.from_buffers(pa.binary(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
