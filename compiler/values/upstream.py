"""What k8s-monitoring 4 knows: the keys of its values, so that a key kmon lacks yet is told from a typo."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from compiler import resources
from compiler.values.tree import Path

__all__ = ["is_upstream", "renamed", "upstream_destination_types"]


@cache
def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((resources.schemas() / "upstream-values.json").read_text(encoding="utf-8"))
    return found


def renamed(key: str) -> str | None:
    """What a top-level key of an older major version is called now."""
    found: str | None = _read()["renamed"].get(key)
    return found


def upstream_destination_types() -> tuple[str, ...]:
    return tuple(sorted(key[2:] for key in _read()["known"]["destinations"] if key.startswith("*:")))


def is_upstream(path: Path, kinds: dict[str, str]) -> bool:
    """Whether the chart has a key at `path`; `kinds` maps destination names to their types."""
    known: Any = _read()["known"]
    for step in path:
        if known == 1:
            return True
        names = ("[]",) if isinstance(step, int) else (step, "*", f"*:{kinds.get(step, '')}")
        known = next((known[name] for name in names if name in known), None)
        if known is None:
            return False
    return True
