"""Label sets of log streams: immutable, interned, with their wire text cached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar
from weakref import WeakValueDictionary

__all__ = ["Labels"]


class Labels(Mapping[str, str]):
    """A set of labels. Equal sets are one object, so `is`, `==` and hashing cost nothing.

    Iteration is sorted by name. Names that begin with `__` are part of the set; what a destination makes of them is its own affair.
    """

    __slots__ = ("__weakref__", "_map", "pairs")
    _interned: ClassVar[WeakValueDictionary[tuple[tuple[str, str], ...], Labels]] = WeakValueDictionary()
    pairs: tuple[tuple[str, str], ...]
    """Sorted (name, value) pairs."""

    def __new__(cls, labels: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> Labels:  # noqa: PYI034 - the interned object, whatever the subclass
        if isinstance(labels, Labels):
            return labels
        items = dict(labels)
        pairs = tuple(sorted(items.items()))
        known = cls._interned.get(pairs)
        if known is None:
            known = super().__new__(cls)
            known.pairs = pairs
            known._map = dict(pairs)
            cls._interned[pairs] = known
        return known

    _map: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self._map[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def __len__(self) -> int:
        return len(self._map)

    def __contains__(self, name: object) -> bool:
        return name in self._map

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def with_labels(self, changes: Mapping[str, str]) -> Labels:
        return Labels({**self._map, **changes})

    def without(self, names: Iterable[str]) -> Labels:
        gone = set(names)
        return Labels([pair for pair in self.pairs if pair[0] not in gone])

    def __repr__(self) -> str:
        return f"Labels({self._map!r})"
