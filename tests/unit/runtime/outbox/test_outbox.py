from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.ledger import Account, Ledger
from runtime.outbox import Delivered, Loss, Outbox, Outcome, Refused, Request, Retry, Settings, Spool
from runtime.signals.delivery import Delivery

FAST: dict[str, Any] = {"min_backoff": 0.002, "max_backoff": 0.01}


class Destination:
    """Answers with `answer(body)`; remembers what it took, in order."""

    def __init__(self) -> None:
        self.answer: Callable[[str], Outcome] = lambda _: Delivered()
        self.took: list[str] = []
        self.tried: list[str] = []
        self.at_once = 0
        self.most = 0
        self.gate: asyncio.Event | None = None

    async def send(self, request: Request) -> Outcome:
        text = request.body.decode().rstrip(".")
        self.tried.append(text)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            outcome = self.answer(text)
        finally:
            self.at_once -= 1
        if isinstance(outcome, Delivered):
            self.took.append(text)
        return outcome


class Bench:
    """An outbox over a destination, with its books and what was acknowledged."""

    def __init__(self, folder: Path | None, cap: int = 1 << 20, ledger: Ledger | None = None, **settings: Any) -> None:
        self.destination = Destination()
        self.acked: list[str] = []
        self.losses: list[Loss] = []
        self.troubles: list[str | None] = []
        self.account: Account = (ledger or Ledger()).account("x/e", lambda: self.outbox.held)
        self.spool = None if folder is None else Spool(folder, cap)
        self.outbox = Outbox(
            self.destination.send,
            Settings(**{**FAST, **settings}),
            self.account,
            spool=self.spool,
            lost=self.losses.append,
            trouble=self.troubles.append,
        )

    def request(self, text: str, size: int = 0) -> Request:
        delivery = Delivery([lambda: self.acked.append(text)])
        return Request(text.encode().ljust(size, b"."), {}, 2, size, (delivery,))

    async def put(self, *texts: str, size: int = 0) -> None:
        for text in texts:
            await self.outbox.put(self.request(text, size))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Bench]:
        task = asyncio.create_task(self.outbox.run())
        await asyncio.sleep(0)
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait((task,))
            assert self.outbox.held == 0
            if not task.cancelled() and (error := task.exception()):
                raise error
            assert self.account.imbalance == 0


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


def down(_: str) -> Outcome:
    return Retry("ingester_error")


TEXTS = [f"{number:02d}" for number in range(20)]


async def test_delivers_in_order_and_acknowledges() -> None:
    async with Bench(None).running() as bench:
        await bench.put(*TEXTS)
        await eventually(lambda: len(bench.acked) == 20)
        assert bench.destination.took == TEXTS
        assert bench.destination.most <= 4
        assert (bench.account.passed, bench.outbox.held, bench.outbox.memory_bytes) == (40, 0, 0)


async def test_several_in_flight_while_healthy() -> None:
    async with Bench(None).running() as bench:
        bench.destination.gate = asyncio.Event()
        await bench.put(*TEXTS, *TEXTS)
        await eventually(lambda: bench.destination.at_once == 1)
        assert bench.acked == []
        bench.destination.gate.set()
        await eventually(lambda: len(bench.acked) == 40)
        bench.destination.gate.clear()
        await bench.put(*TEXTS)
        await eventually(lambda: bench.destination.at_once == 4)
        bench.destination.gate.set()
        await eventually(lambda: len(bench.acked) == 60)


async def test_a_failure_costs_the_parallelism() -> None:
    async with Bench(None).running() as bench:
        await bench.put(*TEXTS, *TEXTS)
        await eventually(lambda: len(bench.acked) == 40)
        bench.destination.answer = down
        await bench.put("x")
        await eventually(lambda: bench.outbox.failing)
        bench.destination.answer = lambda _: Delivered()
        await eventually(lambda: len(bench.acked) == 41)
        bench.destination.gate = asyncio.Event()
        await bench.put(*TEXTS)
        await asyncio.sleep(0.02)
        assert bench.destination.at_once == 1
        bench.destination.gate.set()
        await eventually(lambda: len(bench.acked) == 61)


async def test_refused_is_dropped_and_counted() -> None:
    async with Bench(None).running() as bench:
        bench.destination.answer = lambda text: Refused("ingester_error") if text == "b" else Delivered()
        await bench.put("a", "b", "c")
        await eventually(lambda: len(bench.acked) == 3)
        assert bench.account.dropped == {"ingester_error": 2}
        assert [(loss.records, loss.reason) for loss in bench.losses] == [(2, "ingester_error")]


async def test_outage_goes_to_disk_and_recovery_keeps_order(tmp_path: Path) -> None:
    async with Bench(tmp_path, in_flight=1).running() as bench:
        bench.destination.answer = down
        await bench.put(*TEXTS[:10])
        await eventually(lambda: len(bench.acked) == 10)
        assert bench.destination.took == []
        assert bench.outbox.memory_bytes == 0 and bench.outbox.spool_bytes > 0
        await bench.put(*TEXTS[10:])
        await eventually(lambda: len(bench.acked) == 20)
        assert bench.destination.most == 1
        assert bench.spool is not None and bench.spool.records == bench.outbox.held == 40
        bench.destination.answer = lambda _: Delivered()
        await eventually(lambda: len(bench.destination.took) == 20)
        assert bench.destination.took == TEXTS
        await eventually(lambda: bench.outbox.spool_bytes == 0)
        assert list(tmp_path.glob("*.spool")) == []
        await bench.put("new")
        await eventually(lambda: bench.destination.took[-1] == "new")
        assert bench.outbox.spool_bytes == 0


async def test_full_memory_goes_to_disk_while_the_destination_is_slow(tmp_path: Path) -> None:
    async with Bench(tmp_path, capacity=1000).running() as bench:
        bench.destination.gate = asyncio.Event()
        async with asyncio.timeout(5):
            await bench.put(*TEXTS, size=200)
        await eventually(lambda: len(bench.acked) == 20)
        assert bench.outbox.held == 40
        bench.destination.gate.set()
        await eventually(lambda: len(bench.destination.took) == 20)
        assert sorted(bench.destination.took) == TEXTS


async def test_without_a_spool_a_dead_destination_blocks() -> None:
    async with Bench(None, capacity=1000, max_retries=0).running() as bench:
        bench.destination.answer = down
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await bench.put(*TEXTS, size=200)
        assert bench.acked == [] and bench.outbox.memory_bytes == 1000
        bench.destination.answer = lambda _: Delivered()
        await eventually(lambda: len(bench.acked) == 5)


async def test_without_blocking_the_overflow_is_counted() -> None:
    async with Bench(None, capacity=1000, max_retries=0, block_on_overflow=False).running() as bench:
        bench.destination.answer = down
        for text in TEXTS:
            bench.outbox.offer(bench.request(text, 200))
        assert bench.account.dropped == {"queue_is_full": 30}
        assert len(bench.acked) == 15


async def test_without_a_spool_retries_end() -> None:
    async with Bench(None, max_retries=3).running() as bench:
        bench.destination.answer = lambda text: Retry("rate_limited") if text == "a" else Delivered()
        await bench.put("a", "b")
        await eventually(lambda: len(bench.acked) == 2)
        assert bench.destination.tried.count("a") == 3
        assert bench.account.dropped == {"rate_limited": 2}


async def test_with_a_spool_one_bad_request_is_set_aside_not_dropped(tmp_path: Path) -> None:
    async with Bench(tmp_path, max_retries=3, in_flight=1).running() as bench:
        bench.destination.answer = lambda text: Retry("ingester_error") if text == "bad" else Delivered()
        await bench.put("bad", "a", "b")
        await eventually(lambda: bench.destination.took == ["a", "b"])
        await eventually(lambda: bench.destination.tried.count("bad") > 6)
        assert bench.account.dropped.total() == 0 and bench.outbox.held == 2
        await bench.put("c")
        await eventually(lambda: "c" in bench.destination.took)
        bench.destination.answer = lambda _: Delivered()
        await eventually(lambda: bench.destination.took[-1] == "bad")
        await eventually(lambda: bench.outbox.held == 0)


async def test_asked_for_pause_is_kept() -> None:
    async with Bench(None).running() as bench:
        loop, times = asyncio.get_running_loop(), []

        def answer(_: str) -> Outcome:
            times.append(loop.time())
            return Retry("rate_limited", after=0.2) if len(times) == 1 else Delivered()

        bench.destination.answer = answer
        await bench.put("a")
        await eventually(lambda: bench.acked == ["a"])
        assert times[1] - times[0] >= 0.2


async def test_one_dead_destination_delays_no_other(tmp_path: Path) -> None:
    async with Bench(tmp_path / "1", capacity=500).running() as dead, Bench(tmp_path / "2").running() as alive:
        dead.destination.gate = asyncio.Event()
        for text in TEXTS:
            for bench in (dead, alive):
                async with asyncio.timeout(5):
                    await bench.put(text, size=200)
        await eventually(lambda: alive.destination.took == TEXTS)
        await eventually(lambda: len(dead.acked) == 20)
        assert dead.destination.took == []


async def test_exception_of_send_is_a_failed_attempt() -> None:
    async with Bench(None).running() as bench:
        failures = iter([ValueError("boom")])

        def answer(_: str) -> Outcome:
            for error in failures:
                raise error
            return Delivered()

        bench.destination.answer = answer
        await bench.put("a")
        await eventually(lambda: bench.acked == ["a"])


async def test_write_through_is_on_disk_before_it_is_sent(tmp_path: Path) -> None:
    async with Bench(tmp_path, write_through=True).running() as bench:
        bench.destination.gate = asyncio.Event()
        await bench.put("a", "b")
        await eventually(lambda: len(bench.acked) == 2)
        assert bench.destination.took == []
        bench.destination.gate.set()
        await eventually(lambda: bench.destination.took == ["a", "b"])
        await eventually(lambda: bench.outbox.spool_bytes == 0)


@pytest.mark.parametrize("write_through", [False, True])
async def test_kill_loses_nothing_acknowledged(tmp_path: Path, write_through: bool) -> None:
    """The process vanishes: nothing is closed, a new one finds the folder as it is."""
    bench = Bench(tmp_path, write_through=write_through, capacity=1000)
    bench.destination.answer = lambda text: Delivered() if text < "05" else Retry("ingester_error")
    task = asyncio.create_task(bench.outbox.run())
    await bench.put(*TEXTS, size=200)
    await eventually(lambda: len(bench.acked) >= 19)
    survivors = tmp_path / "copy"
    survivors.mkdir()
    acked, took = set(bench.acked), set(bench.destination.took)
    for file in tmp_path.glob("*.spool"):
        (survivors / file.name).write_bytes(file.read_bytes())
    task.cancel()
    await asyncio.wait((task,))
    async with Bench(survivors).running() as again:
        await eventually(lambda: acked <= took | set(again.destination.took))
        await eventually(lambda: again.outbox.held == 0)
        assert again.account.taken == again.account.passed > 0


async def test_backlog_of_an_earlier_process_goes_first(tmp_path: Path) -> None:
    async with Bench(tmp_path, in_flight=1).running() as bench:
        bench.destination.answer = down
        await bench.put("a", "b", "c")
        await eventually(lambda: len(bench.acked) == 3)
    async with Bench(tmp_path, in_flight=1).running() as again:
        await again.put("d")
        await eventually(lambda: len(again.destination.took) == 4)
        assert again.destination.took == ["a", "b", "c", "d"]


async def test_restart_in_one_process_keeps_the_books(tmp_path: Path) -> None:
    ledger = Ledger()
    async with Bench(tmp_path, ledger=ledger).running() as bench:
        bench.destination.answer = down
        await bench.put("a", "b", "c")
        await eventually(lambda: len(bench.acked) == 3)
    async with Bench(tmp_path, ledger=ledger).running() as again:
        # The books follow the destination's answer.
        await eventually(lambda: again.account.passed == 6)
        assert (len(again.destination.took), again.account.taken, again.account.imbalance) == (3, 6, 0)


async def test_drain_sends_what_is_queued() -> None:
    async with Bench(None).running() as bench:
        await bench.put(*TEXTS)
        await bench.outbox.drain(10)
        assert bench.destination.took == TEXTS and len(bench.acked) == 20


async def test_drain_of_a_dead_destination_ends_on_disk(tmp_path: Path) -> None:
    async with Bench(tmp_path, min_backoff=5.0, max_backoff=5.0).running() as bench:
        bench.destination.answer = down
        await bench.put("a", "b")
        async with asyncio.timeout(4):
            await bench.outbox.drain(60)
        assert sorted(bench.acked) == ["a", "b"]
    async with Bench(tmp_path).running() as again:
        await eventually(lambda: again.destination.took == ["a", "b"])


async def test_deadline_of_drain_writes_a_hanging_request_to_disk(tmp_path: Path) -> None:
    async with Bench(tmp_path).running() as bench:
        bench.destination.gate = asyncio.Event()
        await bench.put("a")
        await bench.outbox.drain(0.05)
        assert bench.acked == ["a"]
    async with Bench(tmp_path).running() as again:
        await eventually(lambda: again.destination.took == ["a"])


async def test_stop_without_drain_keeps_what_the_disk_can_hold(tmp_path: Path) -> None:
    async with Bench(tmp_path).running() as bench:
        await bench.put("first")
        await eventually(lambda: bench.acked == ["first"])
        bench.destination.gate = asyncio.Event()
        await bench.put(*TEXTS)
    assert sorted(bench.acked) == [*TEXTS, "first"]
    async with Bench(tmp_path).running() as again:
        await eventually(lambda: sorted(again.destination.took) == TEXTS)


async def test_stop_without_a_spool_acknowledges_nothing() -> None:
    async with Bench(None).running() as bench:
        bench.destination.gate = asyncio.Event()
        await bench.put("a")
    assert bench.acked == []


async def test_budget_pushes_the_oldest_out_counted(tmp_path: Path) -> None:
    async with Bench(tmp_path, cap=8192, in_flight=1).running() as bench:
        bench.destination.answer = down
        texts = [f"{number:03d}" for number in range(100)]
        await bench.put(*texts, size=400)
        await eventually(lambda: len(bench.acked) == 100)
        assert bench.outbox.spool_bytes <= 8192
        bench.destination.answer = lambda _: Delivered()
        await eventually(lambda: bench.outbox.held == 0)
        took = bench.destination.took
        assert took[-10:] == texts[-10:]
        assert bench.account.dropped["spool_full"] == 2 * (100 - len(took))


async def test_disk_that_refuses_leaves_memory_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Bench(tmp_path).running() as bench:
        await eventually(lambda: tmp_path.exists())

        def full(fd: int, data: bytes, at: int) -> int:
            raise OSError(28, "No space left on device")

        bench.destination.answer = down
        with monkeypatch.context() as patched:
            patched.setattr("runtime.outbox.segment.os.pwrite", full)
            await bench.put("a", "b")
            await eventually(lambda: bool(bench.troubles))
            assert "No space left" in str(bench.troubles[-1])
            assert bench.acked == [] and bench.outbox.held == 4
        await eventually(lambda: sorted(bench.acked) == ["a", "b"])
        assert bench.troubles[-1] is None


async def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    async with Bench(tmp_path / "file").running() as bench:
        await bench.put("a")
        await eventually(lambda: bench.acked == ["a"])
        assert "cannot open the spool" in str(bench.troubles[0])


async def test_drain_waits_for_what_is_on_its_way(tmp_path: Path) -> None:
    """Also when everything is on disk already: what is cut off may have arrived, and would be sent again."""
    async with Bench(tmp_path, write_through=True).running() as bench:
        bench.destination.answer = down
        await bench.put("1")
        await eventually(lambda: bench.outbox.failing)
        bench.destination.gate = asyncio.Event()
        bench.destination.answer = lambda _: Delivered()
        await eventually(lambda: bench.destination.at_once == 1)
        draining = asyncio.create_task(bench.outbox.drain(10))
        await asyncio.sleep(0.02)
        assert not draining.done()
        bench.destination.gate.set()
        await draining
        assert bench.destination.took == ["1"]


async def test_nothing_is_sent_after_drain(tmp_path: Path) -> None:
    async with Bench(tmp_path, write_through=True).running() as bench:
        bench.destination.answer = down
        await bench.put("1")
        await eventually(lambda: bench.outbox.failing and bench.acked == ["1"])
        await bench.outbox.drain(10)
        tried = len(bench.destination.tried)
        await asyncio.sleep(0.05)
        assert len(bench.destination.tried) == tried
    async with Bench(tmp_path).running() as bench:
        await eventually(lambda: bench.destination.took == ["1"])
