"""RE2 for single texts, in answers that may be unknown."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["compiled", "fullmatch", "group_count", "group_names"]


@cache
def compiled(pattern: str) -> Any:
    """The compiled expression; None for one that is not valid, which the check of the graph reports."""
    import re2  # noqa: PLC0415 - only configurations with regexes need it

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


def fullmatch(pattern: str, text: str) -> bool | None:
    """Whether the whole of `text` matches, as in a relabel rule; None for an expression that is not valid."""
    expression = compiled(f"(?s:{pattern})")
    return None if expression is None else expression.fullmatch(text) is not None


def group_names(pattern: str) -> frozenset[str] | None:
    """The named groups; None for an expression that is not valid."""
    expression = compiled(pattern)
    return None if expression is None else frozenset(expression.groupindex)


def group_count(pattern: str) -> int | None:
    expression = compiled(pattern)
    return None if expression is None else int(expression.groups)
