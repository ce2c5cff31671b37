"""Handing batches from one component to the next ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from runtime.ledger import Account
from runtime.signals.logs import LogBatch, LogsReceiver

__all__ = ["Receiver", "ReceiverClosedError", "fan_out"]

_LOOK_SECONDS = 0.1
"""How often a closed receiver's successor is looked for; a component that failed is started again after a second."""


class ReceiverClosedError(Exception):
    """The component behind the receiver does not work any more; the batch was not taken."""


class Receiver(LogsReceiver):
    """What a component exports: gives batches to `take`, until the component is done for. It is shown by the component's id.

    A component whose work `run` does closes its receiver when that ends: what a dead object takes nobody would ever
    acknowledge.
    """

    def __init__(self, take: Callable[[LogBatch], Awaitable[None]], component: str) -> None:
        self._take = take
        self.capsule_name = f"{component}.receiver"
        self._closed = False

    def close(self) -> None:
        self._closed = True

    async def push(self, batch: LogBatch) -> None:
        """Raises `ReceiverClosedError`, besides what `take` raises."""
        if self._closed:
            raise ReceiverClosedError
        await self._take(batch)


async def fan_out(
    batch: LogBatch,
    receivers: Callable[[], Sequence[LogsReceiver | None]],
    account: Account,
    logger: logging.Logger,
) -> None:
    """Hand `batch` to every receiver, in order, each with a branch of the delivery; an empty batch ends here.

    `receivers` gives the component's `forward_to` as it is now. One that is None (its component has not exported yet)
    is passed over, as in Alloy. For one that is closed its successor is waited for: that is back-pressure while a
    component is started again. What a receiver refuses by any other error ends here, reported, and booked as
    `receiver_failed`: it would refuse it again and again. What nobody is there for is booked as `no_receiver`.

    When this is cancelled, what was not handed over is booked as returned: it is never acknowledged, and so read again
    in the next life.
    """
    if not len(batch):
        batch.delivery.done()
        return
    wanted = receivers()
    places = [place for place, receiver in enumerate(wanted) if receiver is not None]
    if not places:
        account.drop(len(batch), "no_receiver")
        batch.delivery.done()
        return
    batch.delivery.fork(len(places) - 1)
    account.take(len(batch) * (len(places) - 1))
    left = len(places)
    try:
        for place in places:
            failure = await _hand_over(batch, wanted, place, receivers, logger)
            left -= 1
            if failure:
                account.drop(len(batch), failure)
                batch.delivery.done()
            else:
                account.pass_on(len(batch))
    finally:
        account.give_back(len(batch) * left)


async def _hand_over(
    batch: LogBatch,
    wanted: Sequence[LogsReceiver | None],
    place: int,
    receivers: Callable[[], Sequence[LogsReceiver | None]],
    logger: logging.Logger,
) -> str:
    """Why the batch was not taken; empty when it was."""
    receiver = wanted[place]
    while True:
        if receiver is None:
            return "no_receiver"
        try:
            await receiver.push(batch)
        except ReceiverClosedError:
            receiver = await _successor(receiver, len(wanted), place, receivers)
        except Exception as error:  # a neighbour's fault must not stop this component
            logger.error("a receiver failed, the entries are dropped", exc_info=error)
            return "receiver_failed"
        else:
            return ""


async def _successor(
    closed: LogsReceiver, length: int, place: int, receivers: Callable[[], Sequence[LogsReceiver | None]]
) -> LogsReceiver | None:
    """Who has taken the place of a closed receiver; None when a reload took the place away."""
    while True:
        now = receivers()
        if len(now) != length and closed not in now:
            return None
        if len(now) == length and (found := now[place]) is not None and found is not closed:
            return found
        await asyncio.sleep(_LOOK_SECONDS)
