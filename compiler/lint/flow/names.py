"""A set of names that is known as far as it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["ANYTHING", "NOTHING", "Names"]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that can exist: `known` ones, and all that begin with one of `prefixes` (the empty one: any at all).

    It errs on one side only: a name that it denies is sure not to exist.
    """

    known: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()

    def can(self, name: str) -> bool:
        """Whether `name` can exist."""
        return name in self.known or any(name.startswith(prefix) for prefix in self.prefixes)

    @property
    def closed(self) -> bool:
        """Whether all names are known."""
        return not self.prefixes

    def __or__(self, other: Names) -> Names:
        return Names(self.known | other.known, self.prefixes | other.prefixes)

    def with_(self, names: Iterable[str]) -> Names:
        return Names(self.known | frozenset(names), self.prefixes)

    def without(self, gone: Callable[[str], bool]) -> Names:
        """Without the known names that `gone` says; prefixes stay, as they stand for names that are not known."""
        return Names(frozenset(name for name in self.known if not gone(name)), self.prefixes)

    def visible(self) -> Names:
        """What is left where names that begin with `__` are dropped."""
        kept = frozenset(prefix for prefix in self.prefixes if not prefix.startswith("__"))
        return Names(frozenset(name for name in self.known if not name.startswith("__")), kept)


NOTHING = Names()
ANYTHING = Names(prefixes=frozenset({""}))
