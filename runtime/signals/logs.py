"""Logs in flight: many entries at once, as columns.

Three rules (they are contracts): components hand over batches, never single entries; lines stay bytes until someone must
look inside; label work is done once per distinct label set, never once per entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from runtime.signals.columns import Column, Indices
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels

__all__ = ["LogBatch", "LogsReceiver"]


@dataclass(frozen=True, slots=True)
class LogBatch:
    """Entries i = 0 … n-1:

    `streams[stream[i]]` are the labels, `timestamp[i]` nanoseconds since 1970 (int64), `line` an Arrow `pa.binary()` array
    without nulls, `metadata` structured metadata by name in order of first appearance (an absent value means the entry has none of
    that name). `origin[i]` is the part of `delivery` that the entry counts for; None means part 0 for all.

    Columns are shared between copies and never written to. `streams` may hold sets that no entry uses.
    """

    streams: tuple[Labels, ...]
    stream: npt.NDArray[np.int32]
    timestamp: npt.NDArray[np.int64]
    line: Any
    delivery: Delivery
    metadata: Mapping[str, Column] = field(default_factory=dict)
    origin: npt.NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.stream)

    @property
    def nbytes(self) -> int:
        """Bytes of the lines, the measure of queues and budgets."""
        return int(self.line.nbytes)

    def take(self, indices: Indices) -> LogBatch:
        """The entries at `indices`, in that order, with the same delivery."""
        return replace(
            self,
            stream=self.stream[indices],
            timestamp=self.timestamp[indices],
            line=self.line.take(pa.array(indices)),
            metadata={name: column.take(indices) for name, column in self.metadata.items()},
            origin=None if self.origin is None else self.origin[indices],
        )


@runtime_checkable
class LogsReceiver(Protocol):
    """What `forward_to` points at.

    `push` returns when the receiver has taken the batch into bounded memory: that is the back-pressure. From then on the receiver
    owes one `batch.delivery.done()`. When `push` raises, it has not taken the batch and the caller still owes the `done()`;
    only when it is cancelled nobody knows, and the caller must not call it.
    """

    capsule_type: ClassVar[str] = "loki.LogsReceiver"

    async def push(self, batch: LogBatch) -> None: ...
