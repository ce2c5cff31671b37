"""Acknowledgement: a batch carries a `Delivery`, which fires once every destination owns what the batch carried.

"Owns" means delivered, on the destination's disk, or dropped with a counted reason. There is no negative answer: what is
never acknowledged is read again after a restart.

    source      delivery = Delivery([part, part], consumed=…)     one part a file, so that each commits on its own
    fan-out     delivery.fork(len(receivers) - 1)                 before the batch is copied
    receiver    delivery.done()                                   exactly once for each branch it was given
    holder      hold = delivery.hold(part)                        a record of that part stays behind (a partial line)
                other.add_part(hold.release)                      it travels on in a record of another batch
                Delivery([hold.release])                          or in a batch of its own

Everything happens on the event loop's thread; nothing here is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["Delivery", "Hold"]


class Hold:
    """Keeps one part of a delivery open until `release`."""

    __slots__ = ("_delivery", "_part")

    def __init__(self, delivery: Delivery, part: int) -> None:
        self._delivery: Delivery | None = delivery
        self._part = part

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._delivery is not None:
            delivery, self._delivery = self._delivery, None
            delivery._let_go(self._part)


class Delivery:
    """The open promise of one batch.

    `parts` are called, each once, when their records are owned by every destination. `consumed` is called once when no
    branch holds the batch in memory any more, though records of it may still be held back: it frees the source's budget
    of bytes, so that one partial line cannot stop a source.
    """

    __slots__ = ("_branches", "_consumed", "_holds", "_parts")

    def __init__(self, parts: Sequence[Callable[[], None]] = (), consumed: Callable[[], None] | None = None) -> None:
        self._branches = 1
        # Without parts nobody waits, but records may still be held.
        self._parts: list[Callable[[], None] | None] = list(parts) or [None]
        self._holds: dict[int, int] = {}
        self._consumed = consumed

    def fork(self, more: int = 1) -> None:
        """`more` further branches will call `done`."""
        if self._branches <= 0:
            raise RuntimeError("a delivery that was done cannot be forked")
        self._branches += more

    def done(self) -> None:
        """One branch's records are owned."""
        self._branches -= 1
        if self._branches < 0:
            raise RuntimeError("a delivery was done more often than it was forked")
        if self._branches:
            return
        if self._consumed is not None:
            self._consumed()
        for part in range(len(self._parts)):
            if not self._holds.get(part):
                self._fire(part)

    def hold(self, part: int) -> Hold:
        """Keep `part` open for a record that stays behind; only before this branch calls `done`."""
        if self._branches <= 0:
            raise RuntimeError("a delivery that was done cannot be held")
        self._holds[part] = self._holds.get(part, 0) + 1
        return Hold(self, part)

    def add_part(self, callback: Callable[[], None]) -> int:
        """A further part, for a record of another batch that travels in this one; only before this branch calls `done`."""
        if self._branches <= 0:
            raise RuntimeError("a delivery that was done takes no further part")
        self._parts.append(callback)
        return len(self._parts) - 1

    def _let_go(self, part: int) -> None:
        self._holds[part] -= 1
        if not self._holds[part] and self._branches == 0:
            self._fire(part)

    def _fire(self, part: int) -> None:
        callback, self._parts[part] = self._parts[part], None
        if callback is not None:
            callback()
