"""Delivery to one destination endpoint: a queue in memory that turns into a queue on disk when the destination fails.

Where a request is, from old to young:

    in flight  →  on disk (when the spool is in use)  or  in memory (when it is not)  →  inlet of the spool

* **Memory**: requests are sent in order, up to `in_flight` at once. They are owed: `done()` fires when the
  destination has answered. A source reads again what was not answered before a kill.
* **Disk**: entered when the memory is full, when a second attempt in a row failed, when an attempt was a request's
  last one, and always with `write_through`. Everything queued or in flight is written to the spool in its order, then
  `done()` fires: from there the outbox owns it. New requests pass through memory to the disk (written and synced in
  groups, off the event loop) until the backlog is sent.
* While the destination fails there is one attempt at a time, after a jittered exponential backoff or the asked-for
  Retry-After. Afterwards it earns its parallelism anew, one more request at once for every few that it took: what
  arrives while an older request fails cannot be acknowledged, and a kill would repeat it.

Order: requests are handed to the destination in the order they were put. A request overtakes another only within
`in_flight` (set it to 1 for strict order), and when a request has failed `max_retries` times: it is then set aside on
disk, so that one request that the destination cannot digest does not stop all others, and tried again every
`max_backoff` until it is delivered or the disk budget pushes it out. Without a spool it is dropped at that point, as
Alloy does. `max_retries` 0: never set aside.

Back-pressure: `put` returns at once while the memory has room. With a spool, a full memory is written to disk, so
`put` waits for no more than a disk write; without one, or while the disk takes nothing, it waits until the
destination takes something (`block_on_overflow`) or drops the request as `queue_is_full`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from runtime.ledger import Account
from runtime.outbox.pulse import Pulse
from runtime.outbox.request import Backoff, Delivered, Loss, Outcome, Refused, Request, Retry
from runtime.outbox.spool import Spool, Ticket
from runtime.outbox.store import Item, Store

__all__ = ["Outbox", "Settings"]

_EARNED_BY = 8
"""So many deliveries in a row allow one more request at once."""
_DISK_PAUSE = 1.0
"""Seconds between attempts to write to a disk that refuses."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`capacity` in bytes of encoded bodies; backoff in seconds."""

    capacity: int = 10 << 20
    in_flight: int = 4
    min_backoff: float = 0.5
    max_backoff: float = 300.0
    max_retries: int = 10
    block_on_overflow: bool = True
    write_through: bool = False


class Outbox:
    """See the module's text.

    `send` makes one attempt; an exception of it counts as `Retry`. `lost` hears of everything that will never arrive,
    so that a component can count it by its own names; the ledger's account is booked here. `retried` hears of each
    attempt that failed. `trouble` hears of a disk that refuses (a sentence) and of its recovery (None).
    """

    def __init__(
        self,
        send: Callable[[Request], Awaitable[Outcome]],
        settings: Settings,
        account: Account,
        *,
        spool: Spool | None = None,
        lost: Callable[[Loss], None] = lambda _: None,
        retried: Callable[[Request], None] = lambda _: None,
        trouble: Callable[[str | None], None] = lambda _: None,
        logger: logging.Logger | None = None,
    ) -> None:
        self.settings = settings
        self.account = account
        self._send = send
        self._lost, self._retried = lost, retried
        self._store = None if spool is None else Store(spool, self._lost_from_disk, trouble)
        self._logger = logger or logging.getLogger(__name__)
        self._backoff = Backoff(settings.min_backoff, settings.max_backoff)
        self._queue: deque[Item] = deque()
        self._in_flight: list[Item] = []
        self._spilling: list[Item] = []
        self._parked: deque[tuple[float, Ticket]] = deque()
        self._attempts: dict[Ticket, int] = {}
        self._numbered = 0
        self._bytes = 0
        self._on_disk = settings.write_through
        self._epoch = 0
        self._in_a_row = 0
        self._retry_at = 0.0
        self._last_try = False
        self._draining = False
        self._halted = False
        self._held_back = False
        self._running = False
        self._closed = False
        self._changed = Pulse()
        self._disk = asyncio.Lock()

    # What others may ask

    @property
    def held(self) -> int:
        """Records in memory and on disk."""
        memory = sum(item.request.records for item in self._in_memory() if not item.owned)
        return memory + (self._store.records if self._store else 0)

    def _in_memory(self) -> list[Item]:
        """In order of age; with what is in flight."""
        flying = [item for item in self._in_flight if item not in self._spilling]
        return [*self._spilling, *flying, *self._queue]

    @property
    def memory_bytes(self) -> int:
        return self._bytes

    @property
    def spool_bytes(self) -> int:
        return self._store.size if self._store else 0

    @property
    def failing(self) -> bool:
        return self._held_back or self._backoff.failures > 0

    # Taking requests

    def offer(self, request: Request, *, booked: bool = False) -> None:
        """Take `request` now, whatever the memory holds (the caller waits in `room` afterwards).

        `booked` says that the caller, who gathered the records, has booked them as taken. A closed outbox takes
        nothing: what it is offered is never acknowledged.
        """
        if self._closed:
            self.account.take(-request.records if booked else 0)
            return
        if not booked:
            self.account.take(request.records)
        if self._full and not self.settings.block_on_overflow and (self._store is None or self._store.refuses):
            self._drop(request, "queue_is_full")
            for delivery in request.deliveries:
                delivery.done()
            return
        self._numbered += 1
        self._bytes += len(request.body)
        self._queue.append(Item(request, self._numbered))
        self._changed.fire()

    async def room(self) -> None:
        """Returns when the memory has room."""
        await self._changed.until(lambda: not self._full or self._closed)

    async def put(self, request: Request) -> None:
        """Take `request`; returns when the memory has room again."""
        self.offer(request)
        await self.room()

    @property
    def _full(self) -> bool:
        return self._bytes >= self.settings.capacity

    # Life

    def hold_back(self, on: bool) -> None:
        """While it is `on` nothing is sent, as if the destination were down: what comes goes to the spool."""
        self._held_back = on
        self._changed.fire()

    async def run(self) -> None:
        """Works until it is cancelled; what is left in memory is then written to the spool."""
        self._running = True
        try:
            await self._open()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._spill_when_needed())
                await self._dispatch(group)
        finally:
            self._running = False
            self._close()

    async def drain(self, seconds: float) -> None:
        """Send what is queued, for at most that many seconds; what then remains goes to the spool if there is one.
        Returns early when the destination fails and everything is on disk, but waits for the answers to what is on its
        way: those requests would be sent again. Nothing is sent afterwards."""
        if not self._running:
            return
        self._draining = True
        self._changed.fire()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.until(self._halt_when_drained)
        except TimeoutError:
            await self._spill()
        finally:
            self._draining, self._halted = False, True

    def _halt_when_drained(self) -> bool:
        """Between the look and the return of who waits for it nothing may begin."""
        self._halted = self._drained()
        return self._halted

    def _drained(self) -> bool:
        if self._held_back and self._store is None:
            return True
        if self._in_flight or not all(item.owned for item in self._in_memory()):
            return False
        return self.failing or self._store is None or not self._store.waiting

    async def _open(self) -> None:
        store = self._store
        if store is None:
            return
        losses = await store.open()
        if losses is None:
            self._store, self._on_disk = None, False
            return
        self.account.take(store.records + sum(loss.records for loss in losses))
        for loss in losses:
            self._lost_from_disk(loss)
        self._on_disk = self._on_disk or store.waiting > 0
        if store.records:
            fields = {"requests": store.records, "bytes": store.size}
            self._logger.info("restored from the spool", extra={"fields": fields})
        self._changed.fire()

    def _close(self) -> None:
        """Blocks for the last disk write: the event loop is going down."""
        store = self._store
        if store is not None:
            store.settle()
        self._closed = True
        rest = self._in_memory()
        if store is not None and store.usable:
            store.write_last([item for item in rest if item.ticket is None and not item.too_large])
            self._own_stored(rest)
            if store.records:
                fields = {"requests": store.records, "bytes": store.size}
                self._logger.info("left in the spool", extra={"fields": fields})
            store.close()
        # What stays in memory is not acknowledged, what is on disk is taken over by who opens it: neither is in
        # these books any more.
        self.account.take(-self.held)
        self._store = None
        self._queue.clear()
        self._in_flight.clear()
        self._spilling.clear()
        self._bytes = 0
        self._changed.fire()

    # Sending

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        while True:
            pause = self._pause()
            if pause is None or pause > 0:
                await self._changed.wait(pause)
                continue
            item = await self._take()
            if item is not None:
                self._in_flight.append(item)
                group.create_task(self._attempt(item))

    def _pause(self) -> float | None:
        """Seconds until the next attempt may begin; None until something changes."""
        now = asyncio.get_running_loop().time()
        at_once = 1 if self.failing else min(1 + self._in_a_row // _EARNED_BY, self.settings.in_flight)
        if self._halted or self._held_back or len(self._in_flight) >= at_once:
            return None
        if self._work():
            return self._retry_at - now
        return max(self._parked[0][0], self._retry_at) - now if self._parked else None

    def _work(self) -> bool:
        store = self._store
        if self._on_disk and store is not None:
            if store.waiting:
                return True
            if self._disk.locked() or (self.settings.write_through and not store.refuses):
                return False
            self._on_disk = False
        return bool(self._queue)

    async def _take(self) -> Item | None:
        store = self._store
        now = asyncio.get_running_loop().time()
        if store is not None and self._parked and self._parked[0][0] <= now and not (self.failing and self._work()):
            await store.give_back(self._parked.popleft()[1])
            self._on_disk = True
        if not self._on_disk or store is None:
            return self._queue.popleft() if self._queue else None
        try:
            async with self._disk:
                found = await store.next()
        except OSError:
            await asyncio.sleep(_DISK_PAUSE)
            return None
        if found is None:
            return None
        ticket, request = found
        return Item(request, 0, self._attempts.get(ticket, 0), ticket, owned=True)

    async def _attempt(self, item: Item) -> None:
        epoch = self._epoch
        try:
            outcome = await self._send(item.request)
        except Exception as error:
            self._logger.exception("sending failed")
            outcome = Retry("ingester_error", detail=str(error))
        item.attempts += 1
        if not self._disk.locked() and item.ticket is None:
            await self._settle(item, outcome, epoch)
        else:
            # The spool is writing this very request, or must be told of it.
            async with self._disk:
                await self._settle(item, outcome, epoch)
        self._changed.fire()

    async def _settle(self, item: Item, outcome: Outcome, epoch: int) -> None:
        try:
            await self._conclude(item, outcome, epoch)
        finally:
            self._in_flight.remove(item)

    async def _conclude(self, item: Item, outcome: Outcome, epoch: int) -> None:
        match outcome:
            case Delivered():
                self._in_a_row += 1
                if epoch == self._epoch and self.failing:
                    self._logger.info("destination takes requests again")
                    self._backoff.reset()
                    self._retry_at = 0.0
                await self._finish(item, None)
            case Refused(reason, detail):
                if epoch == self._epoch:
                    self._backoff.reset()
                    self._retry_at = 0.0
                self._logger.error("request refused", extra={"fields": {"reason": reason, "detail": detail}})
                await self._finish(item, reason)
            case Retry():
                await self._failed(item, outcome, epoch)

    async def _failed(self, item: Item, outcome: Retry, epoch: int) -> None:
        self._retried(item.request)
        self._in_a_row = 0
        if epoch == self._epoch:
            # Requests that were in flight together fail together: one step of the backoff for all.
            self._epoch += 1
            wait = self._backoff.next(outcome.after)
            self._retry_at = asyncio.get_running_loop().time() + wait
            self._logger.warning(
                "request failed, trying again",
                extra={
                    "fields": {
                        "reason": outcome.reason,
                        "detail": outcome.detail,
                        "attempt": item.attempts,
                        "wait": round(wait, 3),
                    }
                },
            )
        exhausted = 0 < self.settings.max_retries <= item.attempts
        if item.ticket is not None:
            await self._back_on_disk(item.ticket, item.attempts, exhausted)
        elif exhausted and self._store is None:
            self._logger.error(
                "request given up", extra={"fields": {"reason": outcome.reason, "attempts": item.attempts}}
            )
            await self._finish(item, outcome.reason)
        else:
            self._last_try = self._last_try or exhausted
            self._queue.appendleft(item)
            if len(self._queue) > 1 and self._queue[1].number < item.number:
                self._queue = deque(sorted(self._queue, key=lambda queued: queued.number))

    async def _back_on_disk(self, ticket: Ticket, attempts: int, exhausted: bool) -> None:
        self._attempts[ticket] = attempts
        if exhausted:
            self._parked.append((asyncio.get_running_loop().time() + self.settings.max_backoff, ticket))
        elif self._store is not None:
            await self._store.give_back(ticket)
            self._on_disk = True

    async def _finish(self, item: Item, dropped: str | None) -> None:
        """The destination has answered for good: delivered, or refused for the reason `dropped`."""
        store = self._store
        try:
            if store is not None and item.ticket is not None:
                self._attempts.pop(item.ticket, None)
                await store.done(item.ticket)
        finally:
            if store is not None and item.ticket is not None:
                store.records -= item.request.records
            self._own(item)
            if dropped is None:
                self.account.pass_on(item.request.records)
            else:
                self._drop(item.request, dropped)

    def _own(self, item: Item) -> None:
        if not item.owned:
            item.owned = True
            self._bytes -= len(item.request.body)
            for delivery in item.request.deliveries:
                delivery.done()

    def _own_stored(self, items: Sequence[Item]) -> None:
        for item in items:
            if item.too_large:
                self._own(item)
                self._drop(item.request, "spool_full")
            elif item.ticket is not None and not item.owned and self._store is not None:
                self._store.records += item.request.records
                self._own(item)
                if item.attempts:
                    self._attempts[item.ticket] = item.attempts

    def _drop(self, request: Request, reason: str) -> None:
        self.account.drop(request.records, reason)
        self._lost(Loss(request.headers, 1, request.records, len(request.body), reason))

    def _lost_from_disk(self, loss: Loss) -> None:
        self.account.drop(loss.records, loss.reason)
        self._lost(loss)
        fields = {"reason": loss.reason, "records": loss.records}
        self._logger.error("records lost from the spool", extra={"fields": fields})

    # Disk

    def _wants_disk(self) -> bool:
        if self._store is None or not self._store.usable:
            return False
        if self._on_disk or self.settings.write_through:
            return bool(self._queue)
        unowned = bool(self._queue) or any(not item.owned for item in self._in_flight)
        second = self._backoff.failures >= (1 if self._draining else 2)
        return unowned and (self._full or second or self._last_try or self._held_back)

    async def _spill_when_needed(self) -> None:
        while True:
            await self._changed.until(self._wants_disk)
            if not await self._spill():
                await asyncio.sleep(_DISK_PAUSE)

    async def _spill(self) -> bool:
        """Write all that is in memory to the spool; false when the disk refuses."""
        store = self._store
        if store is None or not store.usable:
            return False
        async with self._disk:
            items = self._spilling = [item for item in self._in_flight if item.ticket is None] + list(self._queue)
            flying = frozenset(id(item) for item in self._in_flight)
            self._queue.clear()
            self._on_disk = True
            written = await store.write(items, flying)
            self._last_try = False
            self._own_stored(items)
            left = [item for item in items if not item.owned and id(item) not in flying]
            self._queue.extendleft(reversed(left))
            self._spilling = []
        self._changed.fire()
        return written
