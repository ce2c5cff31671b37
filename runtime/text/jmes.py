"""JMESPath expressions of `stage.json`, the plain ones (`level`, `http.status`) told from the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jmespath
import jmespath.exceptions

from runtime.component import ComponentError

__all__ = ["FAILED", "Expression"]


class _Failed:
    """Marks an expression that could not be evaluated: the value stays as it was."""


FAILED: Any = _Failed()


class Expression:
    """`path` are the keys of a plain expression; None for one that has to be evaluated as JMESPath."""

    def __init__(self, text: str, attribute: str) -> None:
        """Raises `ComponentError` naming `attribute`."""
        try:
            self._compiled = jmespath.compile(text)
        except jmespath.exceptions.JMESPathError as error:
            reason = str(error).splitlines()[0].rstrip(":")
            raise ComponentError(f"`{text}` is no JMESPath expression: {reason}", attribute) from None
        self.path: tuple[str, ...] | None = _path(self._compiled.parsed)

    def search(self, document: Any) -> Any:
        """The value in a decoded document; None when nothing is there, `FAILED` when a function refuses its arguments."""
        try:
            return self._compiled.search(document)
        except (jmespath.exceptions.JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError):
            return FAILED

    def below(self) -> Callable[[Any], Any] | None:
        """For a plain path of several keys: from the value of the first key to the value of the last."""
        if self.path is None or len(self.path) == 1:
            return None
        rest = self.path[1:]

        def walk(value: Any) -> Any:
            for key in rest:
                if not isinstance(value, dict):
                    return None
                value = value.get(key)
            return value

        return walk


def _path(node: Any) -> tuple[str, ...] | None:
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        inner = [_path(child) for child in node["children"]]
        if all(keys is not None for keys in inner):
            return tuple(key for keys in inner for key in keys or ())
    return None
