"""RE2, Go's dialect of regular expressions, over whole columns.

They are searched in native code. Bytes that are not UTF-8 are searched as single bytes, as Go does; what is found keeps
them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from runtime.signals.columns import Coded, Column, Mask, Text, mask_select, texts
from runtime.text.regex_syntax import around_one_group, with_named_groups_only
from runtime.text.text_regex import compile_regex

__all__ = ["Pattern", "contains"]


@dataclass(frozen=True, slots=True)
class Found:
    """`matched` are the values in which the expression was found; `groups` hold the texts of the named groups, null where
    it was not found and empty where the group took no part."""

    matched: Mask
    groups: Mapping[str, Any]


class Pattern:
    """An expression that is searched for in columns, not anchored."""

    def __init__(self, pattern: str, attribute: str) -> None:
        """Raises `ComponentError` naming `attribute`."""
        self.text = pattern
        self.compiled = compile_regex(pattern, attribute)
        self.names: tuple[str, ...] = tuple(self.compiled.groupindex)
        self._around = None if self.names else around_one_group(pattern)
        self._named_only = with_named_groups_only(pattern) if self.names else pattern
        numbers = compile_regex(self._named_only, attribute).groupindex
        self._fields = {name: numbers[name] - 1 for name in self.names}

    def search(self, array: Any) -> Mask:
        """In which values of a `pa.binary()` array the expression is found; not in an absent one."""
        sound, broken = _as_strings(array)
        found: Mask = _to_mask(pc.match_substring_regex(sound, pattern=self.text))
        if broken is not None:
            found[broken] = _to_mask(pc.match_substring_regex(array.take(pa.array(broken)), pattern=self.text))
        return found

    def search_column(self, column: Column) -> Mask:
        """The same for the texts of a column, once for each distinct value."""
        match column:
            case Text(array):
                return self.search(array)
            case Coded(values, codes):
                table = np.zeros(len(values) + 1, np.bool_)
                table[:-1] = self.search(texts(Coded(values, np.arange(len(values), dtype=np.int32))))
                chosen: Mask = table[codes]
                return chosen

    def extract(self, array: Any) -> Found:
        """The first match in each value."""
        if not self.names:
            return Found(self.search(array), {})
        sound, broken = _as_strings(array)
        structs = pc.extract_regex(sound, pattern=self._named_only)
        matched: Mask = structs.is_valid().to_numpy(zero_copy_only=False)
        groups = {name: _to_binary(pc.struct_field(structs, [i])) for name, i in self._fields.items()}
        if broken is None:
            return Found(matched, groups)
        others = pc.extract_regex(array.take(pa.array(broken)), pattern=self._named_only)
        matched = matched.copy()
        matched[broken] = others.is_valid().to_numpy(zero_copy_only=False)
        for name, i in self._fields.items():
            groups[name] = _replaced_rows(groups[name], broken, pc.struct_field(others, [i]))
        return Found(matched, groups)

    @property
    def replaces_natively(self) -> bool:
        """Whether `replace_group` can be called."""
        return self._around is not None

    def replace_group(self, array: Any, replacement: bytes) -> Any:
        """What the only group holds in every match, replaced; see `around_one_group`."""
        text = replacement.decode("utf-8", "surrogateescape").replace("\\", "\\\\")
        options = {"pattern": self._around, "replacement": f"\\1{text}\\2"}
        sound, broken = _as_strings(array)
        replaced = _to_binary(pc.replace_substring_regex(sound, **options))
        if broken is None:
            return replaced
        others = pc.replace_substring_regex(array.take(pa.array(broken)), **options)
        return _replaced_rows(replaced, broken, others)

    def remove(self, array: Any) -> Any:
        """The array without any match."""
        sound, broken = _as_strings(array)
        removed = _to_binary(pc.replace_substring_regex(sound, pattern=self.text, replacement=""))
        if broken is None:
            return removed
        # Not by single bytes: a part of one character could be taken for another.
        others = [self.compiled.sub(b"", value) for value in array.take(pa.array(broken)).to_pylist()]
        return _replaced_rows(removed, broken, pa.array(others, pa.binary()))


def contains(array: Any, text: bytes) -> Mask:
    """Which values of a `pa.binary()` array hold `text`."""
    return _to_mask(pc.match_substring(array, pattern=text))


def _as_strings(array: Any) -> tuple[Any, Any]:
    """The array as `pa.string()` without a copy, and the numbers of values that are not UTF-8 (None for none of them)."""
    strings = _retyped(array, pa.string())
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        valid = [value is None or _is_utf8(value) for value in array.to_pylist()]
        broken = np.flatnonzero(~np.array(valid, np.bool_))
        return _retyped(mask_select(np.array(valid, np.bool_), array, pa.scalar(b"", pa.binary())), pa.string()), broken
    return strings, None


def _retyped(array: Any, kind: Any) -> Any:
    return pa.Array.from_buffers(kind, len(array), array.buffers(), offset=array.offset)


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _to_binary(array: Any) -> Any:
    return _retyped(array, pa.binary())


def _to_mask(array: Any) -> Mask:
    filled = array.fill_null(False) if array.null_count else array
    mask: Mask = filled.to_numpy(zero_copy_only=False)
    return mask if mask.flags.writeable else mask.copy()


def _replaced_rows(array: Any, rows: Any, values: Any) -> Any:
    source = np.arange(len(array))
    source[rows] = len(array) + np.arange(len(rows))
    return pa.concat_arrays([array, values]).take(pa.array(source))
