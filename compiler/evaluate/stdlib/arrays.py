"""`array.*` and `coalesce`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.evaluate.errors import ConversionError, TypeMismatch
from compiler.evaluate.values import as_object, equal, is_empty, type_name

__all__ = ["coalesce", "combine_maps", "concat", "group_by"]


def coalesce(*values: Any) -> Any:
    """The first value that is not empty, else the last one."""
    return next((value for value in values if not is_empty(value)), values[-1] if values else None)


def concat(*lists: Iterable[Any]) -> list[Any]:
    return [element for one in lists for element in one]


def combine_maps(left: Any, right: Any, keys: Any, keep_unmatched: bool = False) -> list[Any]:
    """Each object of `left` with each of `right` where all `keys` are equal in both; `right` wins for other fields.

    With `keep_unmatched` an object of `left` is added once for every object of `right` that does not match it: so more
    than once, and not at all when `right` is empty.
    """
    lefts, rights = _objects(left, 0), _objects(right, 1)
    names = _key_names(keys)
    combined: list[Any] = []
    for one, original in zip(lefts, left, strict=True):
        for other in rights:
            if all(name in one and name in other and equal(one[name], other[name]) for name in names):
                combined.append({**one, **other})
            elif keep_unmatched:
                combined.append(original)
    return combined


def group_by(values: Any, key: Any, drop_missing: bool) -> list[Any]:
    """`{KEY = text, items = [...]}` for each text found under `key`, in the order of first appearance."""
    if not isinstance(key, str):
        raise ConversionError(TypeMismatch("string", type_name(key)), (1,))
    groups: dict[str, list[Any]] = {}
    for index, item in enumerate(_objects(values, 0)):
        value = item.get(key, "")
        if key not in item and drop_missing:
            continue
        if not isinstance(value, str):
            raise ConversionError(TypeMismatch("string", type_name(value)), (0, index, key))
        groups.setdefault(value, []).append(dict(item))
    return [{key: text, "items": items} for text, items in groups.items()]


def _objects(values: Any, argument: int) -> list[Mapping[str, Any]]:
    if type_name(values) != "array":
        raise ConversionError(TypeMismatch("array", type_name(values)), (argument,))
    objects: list[Mapping[str, Any]] = []
    for index, value in enumerate(values):
        item = as_object(value)
        if item is None:
            raise ConversionError(TypeMismatch("object", type_name(value)), (argument, index))
        objects.append(item)
    return objects


def _key_names(keys: Any) -> list[str]:
    if type_name(keys) != "array":
        raise ConversionError(TypeMismatch("array", type_name(keys)), (2,))
    for index, key in enumerate(keys):
        if not isinstance(key, str):
            raise ConversionError(TypeMismatch("string", type_name(key)), (2, index))
    if not keys:
        raise ConversionError(TypeMismatch("at least one key", "an empty array"), (2,))
    return list(keys)
