"""Columns of values beside the entries of a batch: structured metadata, and what stages extract.

Two kinds, because telemetry has two kinds of fields:

* `Coded`: few distinct values, many entries (levels, pods, stream names): a list of values and an index per entry.
  Work is done once per distinct value. Values are Alloy's: str, float, bool, None (JSON null, distinct from absent).
* `Text`: mostly distinct texts (a message, a trace id): an Arrow binary array; a null is an absent value.
  Regexes and comparisons run over it in native code.

Both are immutable; `take` selects and reorders entries by an int64 index array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Coded", "Column", "Text", "Value", "constant"]

Value = str | float | bool | None
Codes = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]
ABSENT = -1


@dataclass(frozen=True, slots=True)
class Coded:
    """`codes[i]` is the index into `values` of entry i, or -1 where the entry has no value."""

    values: tuple[Value, ...]
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, indices: Indices) -> Coded:
        return Coded(self.values, self.codes[indices])


@dataclass(frozen=True, slots=True)
class Text:
    """`array` is `pa.binary()`; null where the entry has no value."""

    array: Any

    def __len__(self) -> int:
        return len(self.array)

    def take(self, indices: Indices) -> Text:
        return Text(self.array.take(pa.array(indices)))

    def coded(self) -> Coded:
        """The same values, dictionary-encoded; bytes that are not UTF-8 survive as surrogate escapes."""
        encoded = self.array.dictionary_encode()
        codes = encoded.indices.fill_null(ABSENT).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        values = tuple(v.decode("utf-8", "surrogateescape") for v in encoded.dictionary.to_pylist())
        return Coded(values, codes)


Column = Coded | Text


def constant(value: Value, length: int) -> Coded:
    """The same value for every entry."""
    return Coded((value,), np.zeros(length, np.int32))
