"""How far a file is acknowledged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

__all__ = ["Acknowledged"]


class Acknowledged:
    """The longest prefix of a file whose every line is owned by every destination. Acknowledgements come in any
    order."""

    __slots__ = ("_changed", "_waiting", "offset")

    def __init__(self, offset: int, changed: Callable[[], None]) -> None:
        self.offset = offset
        self._waiting: deque[_Stretch] = deque()
        self._changed = changed

    def expect(self, end: int) -> Callable[[], None]:
        """The stretch from the last one to `end` is on its way; call the result when it is acknowledged."""
        stretch = _Stretch(self, end)
        self._waiting.append(stretch)
        return stretch.acknowledge

    @property
    def outstanding(self) -> bool:
        return bool(self._waiting)

    def advance(self) -> None:
        before = self.offset
        while self._waiting and self._waiting[0].acknowledged:
            self.offset = self._waiting.popleft().end
        if self.offset != before:
            self._changed()


class _Stretch:
    __slots__ = ("_of", "acknowledged", "end")

    def __init__(self, of: Acknowledged, end: int) -> None:
        self._of = of
        self.end = end
        self.acknowledged = False

    def acknowledge(self) -> None:
        self.acknowledged = True
        self._of.advance()
