"""Label and field selectors in kubectl's syntax, for objects that no API server selects.

Syntax: Kubernetes' "Labels and Selectors" and "Field Selectors" pages: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from runtime.component import ComponentError

__all__ = ["field_selector", "label_selector"]

Object = Mapping[str, Any]
Test = Callable[[Object], bool]

_KEY = r"[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"\s*(?:(?P<not>!)\s*(?P<absent>{_KEY})"
    rf"|(?P<key>{_KEY})\s*(?:(?P<set>\bin|\bnotin)\s*\((?P<values>[^)]*)\)|(?P<op>==|!=|=)\s*(?P<value>[^,()=!\s]*))?)\s*(?:,|$)"
)


def label_selector(text: str) -> Test:
    """A test of an object's labels. Raises `ComponentError` at what cannot be understood."""
    tests: list[Callable[[Mapping[str, str]], bool]] = []
    at = 0
    while at < len(text):
        match = _REQUIREMENT.match(text, at)
        if match is None or match.end() == at:
            raise ComponentError(f"label selector `{text}` cannot be understood from `{text[at:]}` on")
        at = match.end()
        tests.append(_requirement(match))

    def test(item: Object) -> bool:
        labels = item.get("metadata", {}).get("labels") or {}
        return all(each(labels) for each in tests)

    return test


def _requirement(match: re.Match[str]) -> Callable[[Mapping[str, str]], bool]:
    if match["not"]:
        absent = match["absent"]
        return lambda labels: absent not in labels
    key = match["key"]
    if match["set"]:
        values = {value.strip() for value in match["values"].split(",")}
        if match["set"] == "in":
            return lambda labels: key in labels and labels[key] in values
        return lambda labels: labels.get(key) not in values
    if match["op"] == "!=":
        return lambda labels: labels.get(key) != match["value"]
    if match["op"]:
        return lambda labels: labels.get(key) == match["value"]
    return lambda labels: key in labels


def field_selector(text: str) -> Test:
    """A test of fields by their paths (`spec.nodeName=n1,status.phase!=Failed`).

    An empty value is refused: it comes from an environment variable that is not set, and would select nothing in silence.
    """
    wanted: list[tuple[tuple[str, ...], bool, str]] = []
    for requirement in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([\w.]+)\s*(==|!=|=)\s*(.*)", requirement)
        if match is None:
            raise ComponentError(f"field selector `{requirement}` cannot be understood, expected `path=value`")
        path, operator, value = match.groups()
        if not value and path == "spec.nodeName":
            raise ComponentError(
                f"field selector `{requirement}` has no value: the environment variable that it is built from is not set"
            )
        wanted.append((tuple(path.split(".")), operator != "!=", value))

    def test(item: Object) -> bool:
        return all((_field(item, path) == value) is equal for path, equal, value in wanted)

    return test


def _field(item: Any, path: tuple[str, ...]) -> str:
    for name in path:
        item = item.get(name) if isinstance(item, Mapping) else None
    return "" if item is None else str(item)
