"""Workers that share a list of cases run each of them once, and all of them see every outcome."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.conformance.case import Case, Expect
from tests.conformance.pool import Pool


async def test_two_workers_run_each_case_once(tmp_path: Path) -> None:
    ran: list[str] = []

    async def run(case: Case, starting: asyncio.Semaphore) -> list[str]:
        ran.append(case.name)
        await asyncio.sleep(0.01)
        return [f"outcome of {case.name}"]

    cases = [(f"topic/{n}", Case(str(n), "", "", Expect([]))) for n in range(20)]
    workers = [Pool(tmp_path / "shared", cases, 2, run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for name, case in cases:
        for worker in workers:
            assert worker.outcome(name) == [f"outcome of {case.name}"]
    for worker in workers:
        worker.stop()
    assert sorted(ran) == sorted(case.name for _, case in cases)


async def test_a_runner_that_fails_is_an_outcome(tmp_path: Path) -> None:
    async def run(case: Case, starting: asyncio.Semaphore) -> list[str]:
        raise OSError("no space")

    worker = Pool(tmp_path / "shared", [("topic/a", Case("a", "", "", Expect([])))], 1, run)
    worker.start()
    assert worker.outcome("topic/a") == ["the runner failed: OSError('no space')"]
    worker.stop()
