"""Columns of values beside the entries of a batch: structured metadata, and what stages extract.

Two kinds, because telemetry has two kinds of fields:

* `Coded`: few distinct values, many entries (levels, pods, stream names): a list of values and an index per entry.
  Work is done once per distinct value. Values are Alloy's: str, float, bool, None (JSON null, distinct from absent).
* `Text`: mostly distinct texts (a message, a trace id): an Arrow binary array; a null is an absent value.
  Regexes and comparisons run over it in native code.

Both are immutable; `take` selects and reorders entries by an int64 index array.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "ABSENT",
    "Coded",
    "Codes",
    "Column",
    "Indices",
    "Mask",
    "Text",
    "Value",
    "absent",
    "coded",
    "compact",
    "concat",
    "constant",
    "encode_values",
    "mask_select",
    "merge",
    "present",
    "text_of",
    "texts",
    "to_bytes",
]

Value = str | float | bool | None
Codes = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
ABSENT = -1


@dataclass(frozen=True, slots=True)
class Coded:
    """`codes[i]` is the index into `values` of entry i, or -1 where the entry has no value.

    `values` may repeat, and may hold values that no entry has.
    """

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


def absent(length: int) -> Coded:
    """No value for any entry."""
    return Coded((), np.full(length, ABSENT, np.int32))


def coded(column: Column) -> Coded:
    return column if isinstance(column, Coded) else column.coded()


def present(column: Column) -> Mask:
    """Which entries have a value; null is one."""
    match column:
        case Coded():
            return column.codes >= 0
        case Text(array):
            valid: Mask = array.is_valid().to_numpy(zero_copy_only=False)
            return valid


def text_of(value: Value) -> str | None:
    """As Alloy turns an extracted value into text: floats as the shortest digits without exponent; None for null."""
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case _:
            return _float(float(value))


def _float(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        return np.format_float_positional(value, trim="-")
    return text.removesuffix(".0")


def texts(column: Column) -> Any:
    """A `pa.binary()` array of the values as text; null where the entry has none and where it has null."""
    match column:
        case Text(array):
            return array
        case Coded(values, codes):
            encoded = [None if (text := text_of(value)) is None else to_bytes(text) for value in values]
            return pa.array(encoded, pa.binary()).take(pa.array(codes, mask=codes < 0))


def to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def encode_values(values: Sequence[Any]) -> Coded:
    """The column of Python values, one an entry; `None` is null, integers become floats as they do in Alloy."""
    index: dict[Any, int] = {}
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        codes = [index.setdefault(value, len(index)) for value in values]
        return Coded(tuple(index), np.array(codes, np.int32))
    # 1, 1.0 and True are equal in Python, so the type is part of the key.
    typed = [float(v) if type(v) is int else v for v in values]
    codes = [index.setdefault((type(value), value), len(index)) for value in typed]
    return Coded(tuple(value for _, value in index), np.array(codes, np.int32))


def merge(over: Column, under: Column) -> Column:
    """`over`'s values, and `under`'s where `over` has none."""
    if isinstance(over, Text) and isinstance(under, Text):
        mask = over.array.is_valid()
        return Text(mask_select(mask, over.array, under.array))
    above, below = coded(over), coded(under)
    codes = np.where(above.codes >= 0, above.codes, below.codes + (below.codes >= 0) * np.int32(len(above.values)))
    return Coded(above.values + below.values, codes.astype(np.int32, copy=False))


def mask_select(mask: Any, yes: Any, no: Any) -> Any:
    """Arrow's `if_else` for binary arrays; `mask` is an Arrow or numpy array of booleans."""
    return pc.if_else(mask if isinstance(mask, pa.Array) else pa.array(mask), yes, no)


def compact(column: Column) -> Column:
    """The same column without values that no entry has."""
    if isinstance(column, Text):
        return column
    used, codes = np.unique(column.codes, return_inverse=True)
    if len(used) and used[0] == ABSENT:
        used, codes = used[1:], codes - 1
    return Coded(tuple(column.values[code] for code in used), codes.astype(np.int32, copy=False))


def concat(columns: Sequence[Column]) -> Column:
    """One column after the other."""
    if all(isinstance(column, Text) for column in columns):
        return Text(pa.concat_arrays([column.array for column in columns if isinstance(column, Text)]))
    values: tuple[Value, ...] = ()
    codes: list[Codes] = []
    for column in map(coded, columns):
        codes.append(np.where(column.codes >= 0, column.codes + len(values), ABSENT).astype(np.int32, copy=False))
        values += column.values
    return Coded(values, np.concatenate(codes))
