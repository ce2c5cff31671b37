"""`LogBatch` to the bytes of Loki's push request, without a Python step per line.

    PushRequest  streams 1
    Stream       labels 1, entries 2
    Entry        timestamp 1 (seconds 1, nanos 2), line 2, structured_metadata 3 (name 1, value 2)

A batch is encoded once: `Encoded` holds all entries, sorted by stream (order within a stream is kept), in one buffer,
so that any run of entries of a stream is a slice of it. `push_request` puts slices of any batches together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from runtime.signals.columns import Coded, Column, Text, Value
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.text.quoted import quoted
from runtime.wire.varint import Matrix, one, width

__all__ = ["Encoded", "Group", "encode", "labels_text", "push_request", "stream_text", "value_text"]

_SECOND = 10**9
_EMPTY = pa.scalar(b"", pa.binary())


@dataclass(frozen=True, slots=True)
class Group:
    """Entries `start` to `end` of an `Encoded` go to one stream of one tenant (None: the endpoint's own)."""

    tenant: str | None
    labels: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """`data[offsets[i]:offsets[i + 1]]` is entry i, tag and length included. `sizes[i]` is the sum of line and
    metadata bytes of the entries before i. `groups` stand in the order in which their streams first appeared in the
    batch."""

    groups: tuple[Group, ...]
    data: memoryview
    offsets: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sizes) - 1

    def slice(self, start: int, end: int) -> memoryview:
        return self.data[int(self.offsets[start]) : int(self.offsets[end])]

    def fitting(self, start: int, end: int, room: int) -> int:
        """The end of the run from `start` whose lines and metadata take at most `room` bytes."""
        return min(end, int(np.searchsorted(self.sizes, self.sizes[start] + room, "right")) - 1)


def encode(batch: LogBatch, target: Callable[[Labels], tuple[str | None, bytes]]) -> Encoded:
    """`target` gives a stream's tenant and label text; it is asked once per distinct label set of the batch."""
    batch, runs = _sorted(batch, [target(labels) for labels in batch.streams])
    line_size = pc.binary_length(batch.line).to_numpy(zero_copy_only=False).astype(np.int64)
    suffixes = [suffix for name, column in batch.metadata.items() if (suffix := _pairs(name, column)) is not None]
    suffix_size: npt.NDArray[np.int64] = np.zeros(len(batch), np.int64)
    for suffix in suffixes:
        suffix_size += pc.binary_length(suffix).to_numpy(zero_copy_only=False)
    prefix = _prefixes(batch.timestamp, line_size, suffix_size)
    entries = pc.binary_join_element_wise(prefix, batch.line, *suffixes, _EMPTY)
    sizes = np.zeros(len(batch) + 1, np.int64)
    np.cumsum(line_size + suffix_size, out=sizes[1:])
    _, offsets, data = entries.buffers()
    bounds = np.frombuffer(offsets, np.int32, len(batch) + 1, entries.offset * 4)
    return Encoded(runs, memoryview(data) if data is not None else memoryview(b""), bounds, sizes)


def push_request(streams: Iterable[tuple[bytes, Sequence[memoryview]]]) -> bytes:
    """The uncompressed message of `(label text, runs of entries)`."""
    parts: list[bytes | memoryview] = []
    for labels, runs in streams:
        head = b"\x0a" + one(len(labels)) + labels
        parts.append(b"\x0a" + one(len(head) + sum(len(run) for run in runs)) + head)
        parts.extend(runs)
    return b"".join(parts)


def stream_text(labels: Mapping[str, str]) -> bytes:
    """`{a="b", c="d"}`: names in byte order, `__*` left out, values quoted as Go's `strconv.Quote` does."""
    return labels_text({name: value for name, value in labels.items() if not name.startswith("__")})


def labels_text(labels: Mapping[str, str]) -> bytes:
    """The same with all labels."""
    pairs = sorted((name.encode("utf-8", "surrogateescape"), value) for name, value in labels.items())
    return b"{" + b", ".join(name + b"=" + quoted(value).encode() for name, value in pairs) + b"}"


def _sorted(batch: LogBatch, targets: Sequence[tuple[str | None, bytes]]) -> tuple[LogBatch, tuple[Group, ...]]:
    """Entries of one target side by side, and the runs."""
    distinct: dict[tuple[str | None, bytes], int] = {}
    ids = [distinct.setdefault(target, len(distinct)) for target in targets]
    names = list(distinct)
    starts: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    code: npt.NDArray[Any]
    if len(names) <= 1:
        starts = first = code = np.zeros(1, np.int64)
    else:
        # numpy sorts 16-bit numbers by radix
        codes: npt.NDArray[Any] = np.array(ids, np.uint16 if len(names) <= 0xFFFF else np.int32)[batch.stream]
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        starts = np.concatenate(([0], np.flatnonzero(codes[1:] != codes[:-1]) + 1))
        first, code = order[starts], codes[starts]
        if not _ascending(order):
            batch = batch.take(order)
    ends = np.append(starts[1:], len(batch))
    groups = [
        Group(*names[int(code[run])], int(starts[run]), int(ends[run]))
        for run in np.argsort(first, kind="stable")
        if starts[run] < ends[run]
    ]
    return batch, tuple(groups)


def _ascending(order: npt.NDArray[np.int64]) -> bool:
    return bool((order[1:] > order[:-1]).all())


def _prefixes(
    timestamp: npt.NDArray[np.int64], line_size: npt.NDArray[np.int64], suffix_size: npt.NDArray[np.int64]
) -> Any:
    """Everything of an entry before the line: tag, length, timestamp, the line's tag and length. Zero fields are left
    out."""
    seconds, nanos = np.divmod(timestamp, _SECOND)
    seconds_width, nanos_width = width(seconds), width(nanos)
    has_seconds, has_nanos, has_line = _unless_all(seconds != 0), _unless_all(nanos != 0), _unless_all(line_size != 0)
    line_width = width(line_size)
    stamp = _counted(1 + seconds_width, has_seconds) + _counted(1 + nanos_width, has_nanos)
    body = 2 + stamp + _counted(1 + line_width + line_size, has_line) + suffix_size
    matrix = Matrix(len(timestamp), 36)
    matrix.constant(b"\x12")
    matrix.varint(body, width(body))
    matrix.constant(b"\x0a")
    matrix.varint(stamp, np.ones_like(stamp))
    matrix.constant(b"\x08", has_seconds)
    matrix.varint(seconds, seconds_width, has_seconds)
    matrix.constant(b"\x10", has_nanos)
    matrix.varint(nanos, nanos_width, has_nanos)
    matrix.constant(b"\x12", has_line)
    matrix.varint(line_size, line_width, has_line)
    return matrix.array()


def _unless_all(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    return None if mask.all() else mask


def _counted(size: npt.NDArray[np.int64], where: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int64]:
    return size if where is None else size * where


def _pairs(name: str, column: Column) -> Any | None:
    """The metadata field `name` of each entry, empty where it has none; None when no entry has one."""
    key = name.encode("utf-8", "surrogateescape")
    match column:
        case Coded(values, codes):
            pairs = [_pair(key, text) for text in map(value_text, values)]
            pairs.append(b"")
            indices: Any = pa.array(np.where(codes < 0, len(pairs) - 1, codes))
            return pc.take(pa.array(pairs, pa.binary()), indices)
        case Text(array):
            return _text_pairs(key, array)


def _pair(name: bytes, value: bytes | None) -> bytes:
    if value is None:
        return b""
    fields = [tag + one(len(data)) + data for tag, data in ((b"\x0a", name), (b"\x12", value)) if data]
    body = b"".join(fields)
    return b"\x1a" + one(len(body)) + body


def value_text(value: Value) -> bytes | None:
    """As Alloy turns an extracted value into text; None for null."""
    match value:
        case None:
            return None
        case bool():
            return b"true" if value else b"false"
        case float():
            return np.format_float_positional(value, trim="-").encode() if np.isfinite(value) else _unfinite(value)
        case _:
            return value.encode("utf-8", "surrogateescape")


def _unfinite(value: float) -> bytes:
    return b"NaN" if np.isnan(value) else b"+Inf" if value > 0 else b"-Inf"


def _text_pairs(name: bytes, array: Any) -> Any | None:
    if array.null_count == len(array):
        return None
    present = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
    filled = array.fill_null(b"") if array.null_count else array
    size = pc.binary_length(filled).to_numpy(zero_copy_only=False).astype(np.int64)
    key = b"\x0a" + one(len(name)) + name if name else b""
    has_value = _unless_all(size != 0)
    size_width = width(size)
    body = len(key) + _counted(1 + size_width + size, has_value)
    matrix = Matrix(len(array), len(key) + 22)
    matrix.constant(b"\x1a", present)
    matrix.varint(body, width(body), present)
    matrix.constant(key, present)
    matrix.constant(b"\x12", has_value)
    matrix.varint(size, size_width, has_value)
    return pc.binary_join_element_wise(matrix.array(), filled, _EMPTY)
