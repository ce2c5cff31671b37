"""What presets have in common: pure functions from settings to lines, callable from every template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expand.idioms import events, maps, pods

__all__ = ["FILTERS", "FUNCTIONS"]

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(module, name) for module in (events, maps, pods) for name in module.__all__
}
FILTERS: dict[str, Callable[..., Any]] = {
    "body": maps.body,
    "escaped_map": maps.escaped_map,
    "expression": maps.expression,
}
