"""The form in which what was seen is compared: without places and times of one run or an order that means nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.conformance.case import Case
from tests.conformance.names import Names

__all__ = ["normal_metrics", "normal_record", "normal_text", "plain", "sorted_records", "walk"]

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')


def normal_record(record: Mapping[str, Any], case: Case, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = walk(dict(record), normal_text(case, names))
    if isinstance(found.get("ts"), int):
        found["ts"] = names.moment(found["ts"])
    for path in case.ignore:
        *parents, last = path.split(".")
        holder: Any = found
        for parent in parents:
            holder = holder.get(parent, {}) if isinstance(holder, dict) else {}
        if isinstance(holder, dict):
            holder.pop(last, None)
    return found


def normal_text(case: Case, names: Names) -> Callable[[str], str]:
    def normal(text: str) -> str:
        text = names.restore(text)
        for pattern, replacement in case.mask:
            text = re.sub(pattern, replacement, text)
        return text

    return normal


def walk(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with every text in it changed, keys too."""
    match value:
        case str():
            return change(value)
        case dict():
            return {walk(key, change): walk(item, change) for key, item in value.items()}
        case list():
            return [walk(item, change) for item in value]
        case _:
            return value


def plain(value: Any) -> Any:
    """Values as the API writes them (`{type, value}`) without their types; lists of objects sorted.

    What is plain already stays as it is.
    """
    match value:
        case {"type": "object", "value": fields, **rest} if not rest:
            return {field["key"]: plain(field["value"]) for field in fields or []}
        case {"type": "array", "value": items, **rest} if not rest:
            return plain(items or [])
        case {"type": "capsule" | "function" as kind, "value": text, **rest} if not rest:
            return {kind: text}
        case {"type": "string" | "number" | "bool" | "null", "value": scalar, **rest} if not rest:
            return scalar
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case [{"name": _, "type": _, "value": _}, *_]:
            return {item["name"]: plain(item["value"]) for item in value}
        case list():
            items = [plain(item) for item in value]
            return sorted(items, key=_key) if items and all(isinstance(item, dict) for item in items) else items
        case _:
            return value


def normal_metrics(page: str, wanted: Iterable[str], change: Callable[[str], str]) -> list[Any]:
    """The samples whose name one of `wanted` matches as a whole: `[name, labels, value]`."""
    patterns = [re.compile(pattern) for pattern in wanted]
    found = []
    for line in page.splitlines():
        match = _SAMPLE.fullmatch(line)
        if match and any(pattern.fullmatch(match[1]) for pattern in patterns):
            labels = {name: change(value) for name, value in _LABEL.findall(match[2] or "")}
            found.append([match[1], labels, repr(float(match[3]))])
    return sorted(found, key=_key)


def sorted_records(records: Iterable[Mapping[str, Any]], dedupe: bool) -> list[str]:
    """Each record as text: order never counts, and with `dedupe` neither does how often one came."""
    texts = sorted(map(_key, records))
    return sorted(set(texts)) if dedupe else texts


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
