"""What a stage works on: the columns of a batch and the extracted map beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runtime.signals.columns import Codes, Column, Indices, Mask, absent, compact, concat
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.stages.extracted import Extracted, Joined, LabelValues, settle

__all__ = ["Frame", "join"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Entries as in `LogBatch`, and their extracted values.

    `position` is where an entry stands in the order of the batch, so that entries that took different ways through the
    stages can be put back in order. Entries that joined from an earlier batch share the position of the one they came with.
    """

    streams: tuple[Labels, ...]
    stream: Codes
    timestamp: npt.NDArray[np.int64]
    line: Any
    metadata: Mapping[str, Column]
    extracted: Extracted
    delivery: Delivery
    origin: Codes
    position: Indices

    @classmethod
    def of(cls, batch: LogBatch) -> Frame:
        """A batch as it enters a pipeline: its labels are the extracted map."""
        entries = len(batch)
        return cls(
            streams=batch.streams,
            stream=batch.stream,
            timestamp=batch.timestamp,
            line=batch.line,
            metadata=batch.metadata,
            extracted=LabelValues(batch.streams, batch.stream),
            delivery=batch.delivery,
            origin=np.zeros(entries, np.int32) if batch.origin is None else batch.origin,
            position=np.arange(entries),
        )

    def batch(self) -> LogBatch:
        return LogBatch(
            streams=self.streams,
            stream=self.stream,
            timestamp=self.timestamp,
            line=self.line,
            delivery=self.delivery,
            metadata=self.metadata,
            origin=self.origin,
        )

    def __len__(self) -> int:
        return len(self.stream)

    def take(self, indices: Indices) -> Frame:
        """The entries at `indices`, in that order."""
        return replace(
            self,
            stream=self.stream[indices],
            timestamp=self.timestamp[indices],
            line=self.line.take(pa.array(indices)),
            metadata={name: column.take(indices) for name, column in self.metadata.items()},
            extracted=self.extracted.take(indices),
            origin=self.origin[indices],
            position=self.position[indices],
        )

    def where(self, mask: Mask) -> Frame:
        """The entries that `mask` is true for; itself when that is all of them."""
        return self if mask.all() else self.take(np.flatnonzero(mask))

    def map_streams(self, change: Callable[[Labels], Labels]) -> Frame:
        """`change` is called once for each label set."""
        return replace(self, streams=tuple(map(change, self.streams)))

    def numbered(self) -> tuple[Codes, tuple[Labels, ...]]:
        """For each entry the number of its label set, in which equal sets have one number."""
        index: dict[Labels, int] = {}
        table = [index.setdefault(labels, len(index)) for labels in self.streams]
        if len(index) == len(self.streams):
            return self.stream, self.streams
        return np.array(table, np.int32)[self.stream], tuple(index)

    def settled(self) -> Frame:
        """The same entries without anything of the batch that they came in, except for its delivery."""
        return replace(
            self,
            streams=tuple(self.streams[stream] for stream in self.stream),
            stream=np.arange(len(self), dtype=np.int32),
            metadata={name: compact(column) for name, column in self.metadata.items()},
            extracted=settle(self.extracted),
        )


def join(frames: Sequence[Frame], delivery: Delivery) -> Frame:
    """The entries of all frames, by position; the frames' own deliveries are the caller's affair."""
    if len(frames) == 1:
        return replace(frames[0], delivery=delivery)
    shift, streams, codes = 0, list[Labels](), list[Codes]()
    for frame in frames:
        streams.extend(frame.streams)
        codes.append(frame.stream + np.int32(shift))
        shift += len(frame.streams)
    names = dict.fromkeys(name for frame in frames for name in frame.metadata)
    joined = Frame(
        streams=tuple(streams),
        stream=np.concatenate(codes),
        timestamp=np.concatenate([frame.timestamp for frame in frames]),
        line=pa.concat_arrays([frame.line for frame in frames]),
        metadata={name: concat([f.metadata.get(name) or absent(len(f)) for f in frames]) for name in names},
        extracted=Joined([frame.extracted for frame in frames]),
        delivery=delivery,
        origin=np.concatenate([frame.origin for frame in frames]),
        position=np.concatenate([frame.position for frame in frames]),
    )
    if (joined.position[1:] >= joined.position[:-1]).all():
        return joined
    return joined.take(np.argsort(joined.position, kind="stable"))
