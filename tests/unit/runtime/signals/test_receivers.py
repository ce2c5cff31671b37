"""fan_out: who owes which `done()`, and what the books say, whatever a receiver does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pyarrow as pa
import pytest

from runtime.ledger import Account
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import Receiver, fan_out
from tests.unit.runtime.components.harness import Collector, until

LOGGER = logging.getLogger("test.fan_out")


class Refusing(LogsReceiver):
    async def push(self, batch: LogBatch) -> None:
        raise ValueError("cannot digest this")


class Waiting(LogsReceiver):
    """Takes nothing, for ever."""

    async def push(self, batch: LogBatch) -> None:
        await asyncio.Event().wait()


class Desk:
    """A component that has taken two entries and forwards them."""

    def __init__(self, *receivers: LogsReceiver | None) -> None:
        self.forward_to: list[LogsReceiver | None] = list(receivers)
        self.account = Account("x", lambda: 0)
        self.acknowledged: list[str] = []

    async def forward(self, lines: int = 2) -> None:
        batch = LogBatch(
            streams=(Labels({"a": "b"}),),
            stream=np.zeros(lines, np.int32),
            timestamp=np.zeros(lines, np.int64),
            line=pa.array([b"x"] * lines, pa.binary()),
            delivery=Delivery([lambda: self.acknowledged.append("part")]),
        )
        self.account.take(lines)
        await fan_out(batch, lambda: self.forward_to, self.account, LOGGER)

    @asynccontextmanager
    async def forwarding(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.forward())
        await asyncio.sleep(0.01)
        assert not task.done()
        yield task


async def test_every_receiver_gets_a_branch() -> None:
    first, second = Collector(hold=True), Collector(hold=True)
    desk = Desk(first, None, second)
    await desk.forward()
    first.batches[0].delivery.done()
    assert desk.acknowledged == []
    second.batches[0].delivery.done()
    assert desk.acknowledged == ["part"]
    assert (desk.account.taken, desk.account.passed, desk.account.imbalance) == (4, 4, 0)


@pytest.mark.parametrize("receivers", [(), (None,)])
async def test_nobody_to_forward_to(receivers: tuple[None, ...]) -> None:
    desk = Desk(*receivers)
    await desk.forward()
    assert desk.acknowledged == ["part"]
    assert (dict(desk.account.dropped), desk.account.imbalance) == ({"no_receiver": 2}, 0)


async def test_an_empty_batch_is_acknowledged() -> None:
    desk = Desk(Refusing())
    await desk.forward(lines=0)
    assert desk.acknowledged == ["part"]
    assert desk.account.imbalance == 0


async def test_what_a_receiver_refuses_ends_there_and_the_others_get_it(caplog: pytest.LogCaptureFixture) -> None:
    after = Collector()
    desk = Desk(Refusing(), after)
    await desk.forward()
    assert desk.acknowledged == ["part"]
    assert after.lines == ["x", "x"]
    assert (dict(desk.account.dropped), desk.account.passed) == ({"receiver_failed": 2}, 2)
    assert desk.account.imbalance == 0
    assert "cannot digest this" in caplog.text


async def test_cancelled_in_between_nothing_is_acknowledged_and_the_books_balance() -> None:
    first = Collector()
    desk = Desk(first, Waiting(), Collector())
    async with desk.forwarding() as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert first.lines == ["x", "x"]
    assert desk.acknowledged == [], "it is read again"
    assert (desk.account.passed, desk.account.returned, desk.account.imbalance) == (2, 4, 0)


async def test_a_closed_receiver_is_waited_for() -> None:
    dead, before, successor = Receiver(Collector().push, "x"), Collector(), Collector()
    dead.close()
    desk = Desk(before, dead)
    async with desk.forwarding() as task:
        assert before.lines == ["x", "x"]
        desk.forward_to = [before, None]
        await asyncio.sleep(0.15)
        assert not task.done()
        desk.forward_to = [before, successor]
        await task
    assert before.lines == successor.lines == ["x", "x"]
    assert desk.acknowledged == ["part"]
    assert desk.account.imbalance == 0


async def test_a_closed_receiver_that_a_reload_took_away() -> None:
    dead, before = Receiver(Collector().push, "x"), Collector()
    dead.close()
    desk = Desk(before, dead)
    async with desk.forwarding() as task:
        desk.forward_to = [before]
        await until(task.done)
    assert before.lines == ["x", "x"]
    assert desk.acknowledged == ["part"]
    assert (dict(desk.account.dropped), desk.account.imbalance) == ({"no_receiver": 2}, 0)
