"""A push request as a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import pyarrow as pa

from runtime.signals.columns import ABSENT, Coded, Column
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.wire.loki_decode import Entry, PushError

__all__ = ["lines_batch", "push_batch", "raw_lines"]

_CELLS = 16 << 20
"""Names of structured metadata times entries: every name is a column of the batch."""


def push_batch(streams: Sequence[tuple[Labels, Sequence[Entry]]], delivery: Delivery) -> LogBatch:
    """All entries, stream after stream. Raises `PushError` for metadata of too many names."""
    entries = list(chain.from_iterable(entries for _, entries in streams))
    return LogBatch(
        streams=tuple(labels for labels, _ in streams),
        stream=np.repeat(np.arange(len(streams), dtype=np.int32), [len(entries) for _, entries in streams]),
        timestamp=np.array([entry.timestamp for entry in entries], np.int64),
        line=pa.array([entry.line for entry in entries], pa.binary()),
        delivery=delivery,
        metadata=_metadata(entries),
    )


def lines_batch(labels: Labels, lines: Sequence[bytes], delivery: Delivery) -> LogBatch:
    """Lines of one stream, without times."""
    return LogBatch(
        streams=(labels,),
        stream=np.zeros(len(lines), np.int32),
        timestamp=np.zeros(len(lines), np.int64),
        line=pa.array(lines, pa.binary()),
        delivery=delivery,
    )


def raw_lines(body: bytes) -> list[bytes]:
    """The lines of a text; empty ones are none."""
    return [line for part in body.split(b"\n") if (line := part.rstrip(b"\r"))]


def _metadata(entries: Sequence[Entry]) -> Mapping[str, Column]:
    names = dict.fromkeys(name for entry in entries for name in entry.metadata)
    if len(names) * len(entries) > _CELLS:
        raise PushError(
            f"{len(entries)} entries with {len(names)} names of structured metadata are too much for one push; send fewer at once"
        )
    return {name: _column(name, entries) for name in names}


def _column(name: str, entries: Sequence[Entry]) -> Coded:
    values: dict[str, int] = {}
    codes = np.full(len(entries), ABSENT, np.int32)
    for place, entry in enumerate(entries):
        if (value := entry.metadata.get(name)) is not None:
            codes[place] = values.setdefault(value, len(values))
    return Coded(tuple(values), codes)
