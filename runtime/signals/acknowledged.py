"""How far a source is acknowledged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Acknowledged"]

P = TypeVar("P")


class Acknowledged(Generic[P]):
    """The position (an offset, a cursor) after the longest prefix whose every record is owned by every destination.
    Acknowledgements come in any order; `changed` is called when the position moves."""

    __slots__ = ("_changed", "_waiting", "position")

    def __init__(self, position: P, changed: Callable[[], None]) -> None:
        self.position = position
        self._waiting: deque[_Stretch[P]] = deque()
        self._changed = changed

    def expect(self, end: P) -> Callable[[], None]:
        """The stretch from the last one to `end` is on its way; call the result when it is acknowledged."""
        stretch = _Stretch(self, end)
        self._waiting.append(stretch)
        return stretch.acknowledge

    @property
    def outstanding(self) -> bool:
        return bool(self._waiting)

    def advance(self) -> None:
        moved = False
        while self._waiting and self._waiting[0].acknowledged:
            self.position = self._waiting.popleft().end
            moved = True
        if moved:
            self._changed()


class _Stretch(Generic[P]):
    __slots__ = ("_of", "acknowledged", "end")

    def __init__(self, of: Acknowledged[P], end: P) -> None:
        self._of = of
        self.end = end
        self.acknowledged = False

    def acknowledge(self) -> None:
        self.acknowledged = True
        self._of.advance()
