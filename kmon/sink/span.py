"""Spans of time as Loki's queries write them: `50ms`, `30s`, `1h30m`, `2d`."""

from __future__ import annotations

import re

__all__ = ["duration"]

_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w)")


def duration(text: str) -> float:
    """Seconds. Raises `ValueError` with a one-line text."""
    whole = text.strip()
    if not re.fullmatch(rf"({_PART.pattern})+", whole):
        raise ValueError(f"`{text}` is no duration; write it like `30s`, `50ms` or `1m30s`")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(whole))
