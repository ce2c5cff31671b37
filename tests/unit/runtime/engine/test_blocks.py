"""The `logging` block: level and format of the process' log, and where its entries are sent."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import msgspec
import pytest

from runtime.component import ComponentError, Options, Services
from runtime.engine.blocks import LoggingArguments, LoggingBlock, find_block
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.logs import configure
from runtime.signals.logs import LogBatch, LogsReceiver


class Sink(LogsReceiver):
    def __init__(self) -> None:
        self.lines: list[tuple[dict[str, str], str]] = []

    async def push(self, batch: LogBatch) -> None:
        for stream, line in zip(batch.stream, batch.line.to_pylist(), strict=True):
            self.lines.append((dict(batch.streams[stream]), line.decode()))
        batch.delivery.done()


def build(tmp_path: Path, arguments: LoggingArguments) -> LoggingBlock:
    def ignore(*_: object) -> None:
        return None

    options = Options("logging", tmp_path, logging.getLogger("test"), ignore, ignore, Services(Ledger(), Clusters()))
    return LoggingBlock(options, arguments)


async def test_level_applies_while_it_runs_and_is_taken_back(tmp_path: Path) -> None:
    configure()
    block = build(tmp_path, LoggingArguments(level="debug"))
    assert logging.getLogger().level == logging.INFO, "a block that only was built changes nothing"
    running = asyncio.create_task(block.run())
    await asyncio.sleep(0)
    assert logging.getLogger().level == logging.DEBUG
    await block.update(LoggingArguments(level="error"))
    assert logging.getLogger().level == logging.ERROR
    running.cancel()
    await asyncio.wait({running})
    assert logging.getLogger().level == logging.INFO


async def test_entries_are_sent_with_one_label(tmp_path: Path) -> None:
    sink = Sink()
    block = build(tmp_path, LoggingArguments(write_to=[sink]))
    running = asyncio.create_task(block.run())
    await asyncio.sleep(0)
    logging.getLogger("kmon.test").warning("attention")
    async with asyncio.timeout(5):
        while not sink.lines:
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.wait({running})
    ((labels, line),) = sink.lines
    assert labels == {"component": "alloy"}
    assert line.endswith("level=warn msg=attention")


@pytest.mark.parametrize(
    ("values", "attribute"),
    [({"level": "loud"}, "level"), ({"format": "xml"}, "format"), ({"destination": "x"}, "destination")],
)
async def test_what_it_does_not_know_is_refused(tmp_path: Path, values: dict[str, str], attribute: str) -> None:
    with pytest.raises(ComponentError) as caught:
        build(tmp_path, msgspec.convert(values, LoggingArguments))
    assert caught.value.attribute == attribute


def test_other_blocks_are_not_there() -> None:
    assert find_block("livedebugging") is not None
    assert find_block("tracing") is None
