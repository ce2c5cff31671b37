"""RE2, Go's dialect of regular expressions: for single texts, and for whole columns.

Columns are searched in native code. Bytes that are not UTF-8 are searched as single bytes, as Go does; what is found keeps
them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2

from runtime.component import ComponentError
from runtime.signals.columns import Coded, Column, Mask, Text, mask_select, texts

__all__ = ["Pattern", "compile_regex", "contains"]


def compile_regex(pattern: str, attribute: str) -> Any:
    """The compiled expression. Raises `ComponentError` naming `attribute`."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ComponentError(f"`{pattern}` is no valid RE2 expression: {text}", attribute) from None


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
        self.names: tuple[str, ...] = tuple(sorted(self.compiled.groupindex, key=self.compiled.groupindex.__getitem__))
        self._named_only = _without_unnamed_groups(pattern) if self.names else pattern

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
        groups = {name: _to_binary(pc.struct_field(structs, [i])) for i, name in enumerate(self.names)}
        if broken is None:
            return Found(matched, groups)
        others = pc.extract_regex(array.take(pa.array(broken)), pattern=self._named_only)
        matched = matched.copy()
        matched[broken] = others.is_valid().to_numpy(zero_copy_only=False)
        for i, name in enumerate(self.names):
            groups[name] = _replaced_rows(groups[name], broken, pc.struct_field(others, [i]))
        return Found(matched, groups)

    def replace_all(self, array: Any, replacement: str, pattern: str) -> Any:
        """Every match of `pattern` (a rewritten form of this expression) replaced, with RE2's `\\1` in `replacement`."""
        sound, broken = _as_strings(array)
        replaced = _to_binary(pc.replace_substring_regex(sound, pattern=pattern, replacement=replacement))
        if broken is None:
            return replaced
        others = pc.replace_substring_regex(array.take(pa.array(broken)), pattern=pattern, replacement=replacement)
        return _replaced_rows(replaced, broken, others)


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


def _without_unnamed_groups(pattern: str) -> str:
    """The same expression with `(?:` for each `(`: Arrow extracts named groups only."""
    out: list[str] = []
    at, inside_class = 0, False
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith(r"\Q", at):
            end = pattern.find(r"\E", at)
            end = len(pattern) if end < 0 else end + 2
            out.append(pattern[at:end])
            at = end
            continue
        if char == "\\":
            out.append(pattern[at : at + 2])
            at += 2
            continue
        if inside_class:
            if pattern.startswith("[:", at):
                end = pattern.find(":]", at)
                if end > 0:
                    out.append(pattern[at : end + 2])
                    at = end + 2
                    continue
            inside_class = char != "]"
        elif char == "[":
            inside_class = True
            # A bracket right at the start of a class stands for itself.
            for start in ("[^]", "[]", "[^"):
                if pattern.startswith(start, at):
                    out.append(start)
                    at += len(start)
                    break
            else:
                out.append("[")
                at += 1
            continue
        elif char == "(" and not pattern.startswith("(?", at):
            out.append("(?:")
            at += 1
            continue
        out.append(char)
        at += 1
    return "".join(out)
