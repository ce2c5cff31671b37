"""The standard library: one table of functions, namespaces as Alloy nests them, deprecated names, constants.

What each function does stands on the pages of Alloy's standard library reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from compiler.evaluate.stdlib.constants import constants
from compiler.evaluate.stdlib.table import DEPRECATED, FUNCTIONS

__all__ = ["DEPRECATED", "ENVIRONMENT", "FUNCTIONS", "constants", "is_standard", "lookup", "names", "stability"]

ENVIRONMENT = frozenset({"sys.env", "env", "constants.hostname"})
"""What differs from one machine to the next: not looked at before the graph runs."""


def lookup(name: str) -> Any:
    """A function, or the object of a namespace such as `string`. Raises `KeyError`."""
    return constants() if name == "constants" else _tree()[name]


def is_standard(name: str) -> bool:
    """Whether the first word of a reference belongs to the standard library."""
    return name == "constants" or name in _tree()


def names() -> Iterator[str]:
    yield "constants"
    yield from _tree()


def stability(name: str) -> str | None:
    """The stability of a function by its full name, `array.group_by`; None when there is no such function."""
    function = FUNCTIONS.get(DEPRECATED.get(name, name))
    return None if function is None else function.stability


@cache
def _tree() -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, function in FUNCTIONS.items():
        namespace, _, last = name.rpartition(".")
        (tree.setdefault(namespace, {}) if namespace else tree)[last] = function
    return tree | {old: FUNCTIONS[new] for old, new in DEPRECATED.items()}
