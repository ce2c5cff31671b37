"""The spool as an outbox sees it: off the event loop, in one thread, its losses and complaints passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from runtime.outbox.request import Loss, Request
from runtime.outbox.spool import Spool, Ticket

__all__ = ["Item", "Store"]

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Item:
    """A request on its way. `ticket` names it on disk, `owned` says that its deliveries are done, `too_large` that it
    does not fit the whole disk budget."""

    request: Request
    number: int
    attempts: int = 0
    ticket: Ticket | None = None
    too_large: bool = False
    owned: bool = False


class Store:
    """`records` is what the outbox knows to be on disk: it changes on the event loop only, together with the books.

    `lost` hears of losses; `trouble` of a disk that refuses (a sentence) and of its recovery (None).
    """

    def __init__(self, spool: Spool, lost: Callable[[Loss], None], trouble: Callable[[str | None], None]) -> None:
        self._spool = spool
        self._lost, self._trouble = lost, trouble
        self._thread = ThreadPoolExecutor(1, "outbox")
        self.records = 0
        self.usable = False
        self.refuses = False

    @property
    def size(self) -> int:
        return self._spool.size if self.usable else 0

    @property
    def waiting(self) -> int:
        return self._spool.waiting if self.usable else 0

    async def open(self) -> list[Loss] | None:
        """Losses among what an earlier process left; None when there can be no spool. `records` is the rest."""
        try:
            await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, self._spool.open))
        except OSError as error:
            self.complain(f"cannot open the spool, nothing outlives an outage beyond memory: {error}")
            return None
        self.records = self._spool.records
        self.usable = True
        return self._spool.take_losses()

    async def write(self, items: Sequence[Item], handed: frozenset[int]) -> bool:
        """Gives each item its ticket; false when the disk refuses. `handed`: the ids of items that are being sent."""
        error = await self._run(lambda: self._write(items, handed))
        self.complain(None if error is None else f"cannot write to the spool: {error}")
        return error is None

    def _write(self, items: Sequence[Item], handed: frozenset[int]) -> OSError | None:
        failed: OSError | None = None
        try:
            for item in items:
                item.ticket = self._spool.append(item.request, id(item) in handed)
                # One that is in flight may still arrive.
                item.too_large = item.ticket is None and id(item) not in handed
        except OSError as error:
            failed = error
        try:
            # Also what was written before the disk refused: its deliveries will be done.
            self._spool.sync()
        except OSError as error:
            failed = failed or error
        return failed

    async def next(self) -> tuple[Ticket, Request] | None:
        """Raises `OSError`, after complaining."""
        try:
            return await self._run(self._spool.next)
        except OSError as error:
            self.complain(f"cannot read the spool: {error}")
            raise

    async def give_back(self, ticket: Ticket) -> None:
        await self._run(lambda: self._spool.give_back(ticket))

    async def done(self, ticket: Ticket) -> None:
        try:
            await self._run(lambda: self._spool.done(ticket))
        except OSError as error:
            self.complain(f"cannot write to the spool: {error}")

    def complain(self, reason: str | None) -> None:
        if reason is not None or self.refuses:
            self._trouble(reason)
        self.refuses = reason is not None

    def settle(self) -> None:
        """Wait for the thread to finish what it was given. Blocks: the event loop is going down."""
        self._thread.shutdown(wait=True)

    def write_last(self, items: Sequence[Item]) -> None:
        """After `settle`, in the caller's thread."""
        error = self._write(items, frozenset())
        if error is not None:
            self.complain(f"cannot write to the spool: {error}")
        self._book()

    def close(self) -> None:
        self._spool.close()
        self.usable = False

    async def _run(self, work: Callable[[], T]) -> T:
        """`work` is done to its end even when the caller is cancelled: `settle` waits for the thread."""

        def both() -> tuple[T, list[Loss]]:
            return work(), self._spool.take_losses()

        result, losses = await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._thread, both))
        self._report(losses)
        return result

    def _book(self) -> None:
        self._report(self._spool.take_losses())

    def _report(self, losses: Sequence[Loss]) -> None:
        for loss in losses:
            self.records -= loss.records
            self._lost(loss)
