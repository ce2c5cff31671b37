"""The extracted map of Alloy's stages, as columns that are worked out only when somebody asks.

A map is immutable. Stages put new ones over old ones; selecting entries, joining maps and reading labels cost nothing
until a name is looked up, and every name is looked up once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from runtime.signals.columns import ABSENT, Coded, Codes, Column, Indices, absent, compact, concat, merge, present
from runtime.signals.labels import Labels

__all__ = ["Deferred", "Extracted", "Joined", "LabelValues", "LabelsOver", "Over", "settle"]

Deferred = Callable[[], Column]
"""A column that is made when it is asked for."""


class Extracted(ABC):
    """Values by name for `len()` entries."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._known: dict[str, Column | None] = {}
        self._names: frozenset[str] | None = None

    def __len__(self) -> int:
        return self._length

    def get(self, name: str) -> Column | None:
        """The values of `name`; None when no entry has one (a column may still hold none at all)."""
        if name not in self._known:
            self._known[name] = self._column(name)
        return self._known[name]

    def names(self) -> frozenset[str]:
        """Every name that an entry may have; looked for once, as there can be as many label sets as entries."""
        if self._names is None:
            self._names = self._all_names()
        return self._names

    @abstractmethod
    def _all_names(self) -> frozenset[str]: ...

    @abstractmethod
    def _column(self, name: str) -> Column | None: ...

    def take(self, indices: Indices) -> Extracted:
        return _Taken(self, indices)

    def with_columns(self, columns: Mapping[str, Column | Deferred]) -> Extracted:
        """Where a column has no value, an entry keeps what it had."""
        return Over(self, columns, keep=True) if columns else self

    def replaced(self, columns: Mapping[str, Column | Deferred]) -> Extracted:
        """Where a column has no value, an entry loses what it had."""
        return Over(self, columns, keep=False)


class LabelValues(Extracted):
    """The labels of entries, each under its name."""

    def __init__(self, streams: Sequence[Labels], stream: Codes) -> None:
        super().__init__(len(stream))
        self._streams = streams
        self._stream = stream

    def _all_names(self) -> frozenset[str]:
        return frozenset().union(*self._streams)

    def _column(self, name: str) -> Column | None:
        index: dict[str, int] = {}
        table = [ABSENT if name not in s else index.setdefault(s[name], len(index)) for s in self._streams]
        return Coded(tuple(index), np.array(table, np.int32)[self._stream]) if index else None


class Over(Extracted):
    """Columns over a map; see `Extracted.with_columns` and `Extracted.replaced` for `keep`."""

    def __init__(self, base: Extracted, columns: Mapping[str, Column | Deferred], keep: bool) -> None:
        super().__init__(len(base))
        self._base = base
        self._columns = columns
        self._keep = keep

    def _all_names(self) -> frozenset[str]:
        return self._base.names() | self._columns.keys()

    def _column(self, name: str) -> Column | None:
        if name not in self._columns:
            return self._base.get(name)
        column = self._columns[name]
        if callable(column):
            column = column()
        if not self._keep or present(column).all():
            return column
        below = self._base.get(name)
        return column if below is None else merge(column, below)


class LabelsOver(Extracted):
    """The labels of entries over a map: what a nested pipeline begins with."""

    def __init__(self, base: Extracted, labels: LabelValues) -> None:
        super().__init__(len(base))
        self._base = base
        self._labels = labels

    def _all_names(self) -> frozenset[str]:
        return self._base.names() | self._labels.names()

    def _column(self, name: str) -> Column | None:
        above = self._labels.get(name)
        if above is not None and present(above).all():
            return above
        below = self._base.get(name)
        return below if above is None else above if below is None else merge(above, below)


class _Taken(Extracted):
    def __init__(self, base: Extracted, indices: Indices) -> None:
        super().__init__(len(indices))
        self._base = base
        self._indices = indices

    def _all_names(self) -> frozenset[str]:
        return self._base.names()

    def take(self, indices: Indices) -> Extracted:
        return _Taken(self._base, self._indices[indices])

    def _column(self, name: str) -> Column | None:
        column = self._base.get(name)
        return None if column is None else column.take(self._indices)


class Joined(Extracted):
    """The entries of one map after those of another."""

    def __init__(self, parts: Sequence[Extracted]) -> None:
        super().__init__(sum(map(len, parts)))
        self._parts = parts

    def _all_names(self) -> frozenset[str]:
        return frozenset().union(*(part.names() for part in self._parts))

    def _column(self, name: str) -> Column | None:
        columns = [part.get(name) for part in self._parts]
        if all(column is None for column in columns):
            return None
        pairs = zip(columns, self._parts, strict=True)
        return concat([absent(len(part)) if column is None else column for column, part in pairs])


def settle(extracted: Extracted) -> Extracted:
    """The same map without anything that it came from: for entries that are kept longer than their batch."""
    columns = {name: compact(column) for name in extracted.names() if (column := extracted.get(name)) is not None}
    return Over(LabelValues((Labels(),), np.zeros(len(extracted), np.int32)), columns, keep=False)
