"""stage.cri's partial lines: what is held keeps its delivery open, the books balance."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from runtime.component import Options, Services
from runtime.components.loki.process import Arguments, Process
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.stages import _partials, cri
from runtime.stages.frame import Frame


class Kept(LogsReceiver):
    """Takes batches and is done with them only when it is told."""

    def __init__(self) -> None:
        self.batches: list[LogBatch] = []

    async def push(self, batch: LogBatch) -> None:
        self.batches.append(batch)

    def lines(self) -> list[bytes]:
        return [line for batch in self.batches for line in batch.line.to_pylist()]

    def done(self) -> None:
        for batch in self.batches:
            batch.delivery.done()
        self.batches.clear()


class Bench:
    def __init__(self, tmp_path: Path, *stages: tuple[str, dict[str, Any]]) -> None:
        self.kept, self.ledger, self.acknowledged = Kept(), Ledger(), list[str]()
        options = Options(
            id="loki.process.p",
            data_path=tmp_path,
            logger=logging.getLogger("test"),
            export=lambda exports: None,
            set_health=lambda state, message: None,
            services=Services(self.ledger, Clusters()),
        )
        self.process = Process(options, Arguments(forward_to=[self.kept], stage=list(stages) or [("cri", {})]))

    async def push(self, *files: tuple[str, list[str]]) -> None:
        """One batch of files, each a part of the delivery with a label `file`, or the same labels where it begins with `=`."""
        lines = [(i, line) for i, (_, lines) in enumerate(files) for line in lines]
        batch = LogBatch(
            streams=tuple(Labels({"file": "same" if name.startswith("=") else name}) for name, _ in files),
            stream=np.array([i for i, _ in lines], np.int32),
            timestamp=np.zeros(len(lines), np.int64),
            line=pa.array([f"2026-01-02T03:04:05Z {line}".encode() for _, line in lines], pa.binary()),
            delivery=Delivery([partial(self.acknowledged.append, name) for name, _ in files]),
            origin=np.array([i for i, _ in lines], np.int32),
        )
        await self.process.push(batch)

    def settle(self) -> list[bytes]:
        """Deliver what arrived; its lines."""
        lines = self.kept.lines()
        self.kept.done()
        (account,) = self.ledger
        assert account.imbalance == 0
        return lines


async def test_a_held_line_keeps_its_file_open_until_the_rest_is_delivered(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.push(("a", ["stdout F one", "stdout P two-"]), ("b", ["stdout F three"]))
    assert bench.settle() == [b"one", b"three"]
    assert bench.acknowledged == ["b"]
    await bench.push(("a", ["stdout P more-"]))
    assert bench.settle() == []
    assert bench.acknowledged == ["b"]
    await bench.push(("a", ["stdout F end"]))
    assert bench.kept.lines() == [b"two-more-end"]
    assert bench.acknowledged == ["b"]
    bench.settle()
    assert bench.acknowledged == ["b", "a", "a", "a"]


async def test_lines_of_two_files_with_equal_labels_join_and_wait_for_each_other(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.push(("=a", ["stdout P one-"]), ("=b", ["stdout F two", "stdout F three"]))
    assert bench.kept.lines() == [b"one-two", b"three"]
    assert bench.acknowledged == []
    bench.settle()
    assert sorted(bench.acknowledged) == ["=a", "=b"]


async def test_drain_sends_on_what_is_held_in_deliveries_of_its_own(tmp_path: Path) -> None:
    nested: tuple[str, dict[str, Any]] = ("match", {"selector": '{file=~".+"}', "stage": [("cri", {})]})
    label: tuple[str, dict[str, Any]] = ("static_labels", {"values": {"x": "y"}})
    for stages in ([], [nested, label]):
        bench = Bench(tmp_path, *stages)
        await bench.push(("a", ["stdout P one-", "stdout P two-"]), ("b", ["stderr P x"]))
        assert bench.settle() == []
        await bench.process.drain()
        assert bench.kept.batches[0].streams[0].get("x") == ("y" if stages else None)
        assert bench.acknowledged == []
        assert sorted(bench.settle()) == [b"one-two-", b"x"]
        assert sorted(bench.acknowledged) == ["a", "b"]


async def test_too_many_held_streams_go_on_with_the_batch_at_hand(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ("cri", {"max_partial_lines": 2}))
    await bench.push(("a", ["stdout P a1"]), ("b", ["stdout P b1"]))
    assert bench.settle() == []
    await bench.push(("c", ["stdout F c0", "stdout P c1"]))
    assert bench.settle() == [b"c0", b"a1", b"b1"]
    assert sorted(bench.acknowledged) == ["a", "b"]
    await bench.push(("c", ["stdout F c2"]))
    assert bench.settle() == [b"c1c2"]
    assert sorted(bench.acknowledged) == ["a", "b", "c", "c"]


async def test_new_stages_take_over_and_old_ones_give_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.push(("a", ["stdout P one-"]))
    bench.settle()
    await bench.process.update(Arguments(forward_to=[bench.kept], stage=[("static_labels", {"values": {"x": "y"}})]))
    assert bench.settle() == []
    await bench.push(("a", ["stdout F two"]))
    assert bench.settle() == [b"one-", b"2026-01-02T03:04:05Z stdout F two"]
    assert bench.acknowledged == ["a", "a"]


async def test_a_line_without_end_goes_on_in_pieces_of_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_partials, "MOST_BYTES", 100)
    bench = Bench(tmp_path)
    (stage,) = bench.process._pipeline.stages
    assert isinstance(stage, cri.Cri)
    for number in range(25):
        await bench.push(("a", [f"stdout P {number:010}"]))
        assert stage._partials._size <= 100
    await bench.push(("a", ["stdout F end"]))
    lines = bench.settle()
    assert [len(line) for line in lines] == [100, 100, 53]
    assert b"".join(lines) == b"".join(b"%010d" % number for number in range(25)) + b"end"
    assert bench.acknowledged == ["a"] * 26


async def test_a_stage_that_fails_halfway_keeps_what_it_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path)
    await bench.push(("a", ["stdout P one-"]))

    def broken(*_: object) -> None:
        raise MemoryError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(_partials, "_assembled", broken)
        await bench.push(("b", ["stdout P two-"]))
    assert bench.settle() == [b"2026-01-02T03:04:05Z stdout P two-"], "passed unchanged"
    await bench.push(("a", ["stdout F end"]))
    assert bench.settle() == [b"one-end"]


async def test_an_entry_that_a_stage_fails_for_passes_it_unchanged_and_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    process = cri.Cri.process

    def picky(stage: cri.Cri, frame: Frame) -> Frame:
        if any(b"poison" in line for line in frame.line.to_pylist()):
            raise ValueError("cannot digest this")
        return process(stage, frame)

    monkeypatch.setattr(cri.Cri, "process", picky)
    bench = Bench(tmp_path)
    for _ in range(2):
        lines = [f"stdout F {number}" for number in range(20)]
        lines[7] = "stdout F poison"
        await bench.push(("a", lines))
        expected = [str(number).encode() for number in range(20)]
        expected[7] = b"2026-01-02T03:04:05Z stdout F poison"
        assert bench.settle() == expected
    assert bench.acknowledged == ["a", "a"]
    metrics = bench.process.options.metrics
    assert metrics.get_sample_value("kmon_process_stage_errors_total", {"stage": "stage.cri"}) == 2
    assert caplog.text.count("stage.cri fails for some entries") == 1


async def test_new_stages_wait_for_no_destination(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.push(("a", ["stdout P one-"]))
    bench.settle()
    await bench.process._lock.acquire()  # as a push does that waits for a destination
    async with asyncio.timeout(5):
        await bench.process.update(Arguments(forward_to=[bench.kept], stage=[]))
    assert bench.process._held() == 1
    bench.process._lock.release()
    running = asyncio.create_task(bench.process.run())
    while not bench.kept.batches:
        await asyncio.sleep(0)
    running.cancel()
    assert bench.settle() == [b"one-"]
    assert bench.acknowledged == ["a"]
    assert bench.process._account.imbalance == 0


async def test_lines_that_go_on_and_on_are_acknowledged_one_by_one(tmp_path: Path) -> None:
    """Each batch ends in a partial line, whose rest comes with the next."""
    bench = Bench(tmp_path)
    await bench.push(("a", ["stdout P 0-"]))
    for number in range(1, 20):
        await bench.push(("a", ["stdout F end", f"stdout P {number}-"]))
        assert bench.settle() == [f"{number - 1}-end".encode()]
        assert len(bench.acknowledged) == number
