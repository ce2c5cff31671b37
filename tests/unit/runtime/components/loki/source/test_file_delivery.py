"""`loki.source.file`: acknowledgement, the budget, and lives that end without a drain."""

from __future__ import annotations

from functools import partial

import pytest

from runtime.components.loki.source import file as module
from tests.unit.runtime.components.harness import Collector, until
from tests.unit.runtime.components.loki.source.bench import Bench


async def test_a_position_is_the_acknowledged_prefix(bench: Bench) -> None:
    bench.seen.hold = True
    async with bench.life(orderly=False):
        for number in range(3):
            bench.append(f"{number}\n")
            await bench.arrive(*map(str, range(number + 1)))
        bench.seen.batches[2].delivery.done()
        bench.seen.batches[0].delivery.done()
        await bench.stored(2)
    bench.seen = Collector()
    async with bench.life():
        await bench.arrive("1", "2")


async def test_what_is_on_its_way_stays_within_the_budget(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUDGET_BYTES", 3 << 20)
    bench.append(("x" * 1023 + "\n") * (10 << 10))
    bench.seen.hold = True
    async with bench.life():
        await until(lambda: sum(batch.nbytes for batch in bench.seen.batches) >= 3 << 20)
        count = len(bench.seen.batches)
        bench.append("y\n")
        await bench.component_rests()
        assert len(bench.seen.batches) == count
        acknowledged = 0
        while len(bench.seen.lines) < (10 << 10) + 1:
            await bench.batches(acknowledged + 1)
            bench.seen.batches[acknowledged].delivery.done()
            acknowledged += 1
            await bench.component_rests()


async def test_acknowledgements_after_an_orderly_stop_count(bench: Bench) -> None:
    bench.append("1\n")
    bench.seen.hold = True
    async with bench.life():
        await bench.arrive("1")
    bench.seen.batches[0].delivery.done()
    await bench.stored(2)


async def test_late_acknowledgements_do_not_touch_the_books_of_the_next_life(bench: Bench) -> None:
    bench.append("1\n")
    bench.seen.hold = True
    async with bench.life():
        await bench.arrive("1")
    first, bench.seen = bench.seen, Collector()
    async with bench.life():
        await bench.arrive("1")
        await bench.stored(2)
        bench.append("2\n")
        await bench.arrive("1", "2")
        await bench.stored(4)
        first.batches[0].delivery.done()
        await bench.component_rests()
        await bench.stored(4)


async def test_killed_at_every_step_nothing_is_lost(bench: Bench) -> None:
    """Lives that end without a drain, with a part of their batches acknowledged, while the file rotates."""
    written: list[str] = []
    acknowledged: set[str] = set()
    bench.append("")
    async with bench.life(orderly=False):
        await bench.stored(0)
    for life in range(12):
        seen = bench.seen = Collector(hold=True)
        for step in range(3):
            line = f"{life} {step}"
            written.append(line)
            bench.append(line + "\n")
            if life % 3 == step:
                bench.file.rename(bench.folder / f"in.log.20260101-{life:02d}{step}")
        bench.append("")
        async with bench.life(orderly=False):
            await until(partial(_holds, seen, written[-1]))
            assert acknowledged.isdisjoint(seen.lines), "what is acknowledged and stored comes once"
            for batch in seen.batches[: len(seen.batches) * (life % 4) // 3]:
                acknowledged |= {line.decode() for line in batch.line.to_pylist()}
                batch.delivery.done()
            await bench.settled()
    bench.seen = Collector()
    async with bench.life():
        await until(lambda: acknowledged | set(bench.seen.lines) >= set(written))


def _holds(seen: Collector, line: str) -> bool:
    return line in seen.lines
