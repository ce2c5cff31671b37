"""Work once per distinct combination of values, whatever the number of entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from runtime.signals.columns import Coded, Codes
from runtime.signals.labels import Labels
from runtime.stages.frame import Frame

__all__ = ["Relabeller", "group"]

_TABLE = 1 << 16
"""Up to this many possible combinations a table is quicker than sorting."""


def group(codes: Sequence[Codes], sizes: Sequence[int]) -> tuple[Codes, list[list[int]]]:
    """Number the combinations of the codes that occur.

    `codes[k][i]` is in [-1, sizes[k]). Returns the number of each entry's combination, and the codes of each number.
    """
    keys: Any = codes[0].astype(np.int64) + 1
    keys, present = _dense(keys, sizes[0] + 1)
    table = (present - 1)[:, None]
    for column, size in zip(codes[1:], sizes[1:], strict=True):
        keys, present = _dense(keys * (size + 1) + (column + 1), len(table) * (size + 1))
        table = np.column_stack((table[present // (size + 1)], present % (size + 1) - 1))
    return keys, table.tolist()


def _dense(keys: Any, size: int) -> tuple[Codes, Any]:
    """Numbers from 0 without gaps for the keys, and the key of each number; `size` is above all keys."""
    if size > max(_TABLE, 4 * len(keys)):
        present, numbers = np.unique(keys, return_inverse=True)
        return numbers.astype(np.int32, copy=False), present
    present = np.flatnonzero(np.bincount(keys, minlength=size))
    table = np.zeros(size, np.int32)
    table[present] = np.arange(len(present), dtype=np.int32)
    return table[keys], present


class Relabeller:
    """Sets labels from columns; remembers up to `remembered` results, so that a label set is made once and not once a
    batch."""

    def __init__(self, remembered: int = 10_000) -> None:
        self._known: dict[tuple[Labels, tuple[str, ...], tuple[str | None, ...]], Labels] = {}
        self._remembered = remembered

    def apply(
        self, frame: Frame, names: tuple[str, ...], columns: Sequence[Coded], to_text: Callable[[Any], Any]
    ) -> Frame:
        """Entry i gets label `names[k]` = `columns[k]`'s value where it has one and `to_text` of it is not None."""
        if not names or not len(frame):
            return frame
        values = [[to_text(value) for value in column.values] for column in columns]
        stream, combinations = group(
            [frame.stream, *(column.codes for column in columns)], [len(frame.streams), *map(len, values)]
        )
        streams = []
        for first, *codes in combinations:
            chosen = tuple(None if code < 0 else texts[code] for code, texts in zip(codes, values, strict=True))
            streams.append(self._labels(frame.streams[first], names, chosen))
        return replace(frame, streams=tuple(streams), stream=stream)

    def _labels(self, old: Labels, names: tuple[str, ...], values: tuple[str | None, ...]) -> Labels:
        known = self._known.get((old, names, values))
        if known is None:
            changes = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            known = old.with_labels(changes) if changes else old
            if len(self._known) >= self._remembered:
                self._known.clear()
            self._known[old, names, values] = known
        return known
