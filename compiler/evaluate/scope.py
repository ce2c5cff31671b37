"""What names mean in an expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.evaluate import stdlib

__all__ = ["Scope"]


class Scope:
    """Variables of a module: exports of components as nested mappings, arguments, `module_path`.

    A name is looked up here, then in the parents, then in the standard library: a variable shadows a function.
    """

    __slots__ = ("parent", "variables")

    def __init__(self, variables: Mapping[str, Any] | None = None, parent: Scope | None = None) -> None:
        self.variables: Mapping[str, Any] = {} if variables is None else variables
        self.parent = parent

    def lookup(self, name: str) -> Any:
        """Raises `KeyError` when nothing has this name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables:
                return scope.variables[name]
            scope = scope.parent
        return stdlib.lookup(name)

    def names(self) -> Iterator[str]:
        """Everything that can be looked up, the nearest first."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.variables
            scope = scope.parent
        yield from stdlib.names()
