"""loki.relabel: rules once per label set, entries dropped and counted."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from runtime.component import Options, Services
from runtime.components.loki.relabel import Arguments, Relabel
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.relabel import Rule
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver


class Collected(LogsReceiver):
    def __init__(self) -> None:
        self.batches: list[LogBatch] = []

    async def push(self, batch: LogBatch) -> None:
        self.batches.append(batch)
        batch.delivery.done()


def build(tmp_path: Path, *rules: Rule) -> tuple[Relabel, Collected, Ledger]:
    collected, ledger, exported = Collected(), Ledger(), list[Any]()
    options = Options(
        id="loki.relabel.r",
        data_path=tmp_path,
        logger=logging.getLogger("test"),
        export=exported.append,
        set_health=lambda state, message: None,
        services=Services(ledger, Clusters()),
    )
    component = Relabel(options, Arguments(forward_to=[collected], rule=list(rules)))
    assert exported[0].receiver.capsule_type == "loki.LogsReceiver"
    return component, collected, ledger


def batch(*entries: tuple[dict[str, str], bytes], acknowledged: list[str]) -> LogBatch:
    return LogBatch(
        streams=tuple(Labels(labels) for labels, _ in entries),
        stream=np.arange(len(entries), dtype=np.int32),
        timestamp=np.zeros(len(entries), np.int64),
        line=pa.array([line for _, line in entries], pa.binary()),
        delivery=Delivery([lambda: acknowledged.append("acknowledged")]),
    )


async def test_dropped_entries_are_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    rules = [
        Rule(source_labels=["lvl"], regex="debug", action="drop"),
        Rule(source_labels=["app"], target_label="service"),
    ]
    component, collected, ledger = build(tmp_path, *rules)
    acknowledged: list[str] = []
    await component.push(
        batch(
            ({"app": "a"}, b"1"), ({"app": "b", "lvl": "debug"}, b"2"), ({"app": "c"}, b"3"), acknowledged=acknowledged
        )
    )
    (out,) = collected.batches
    assert [(dict(out.streams[i]), line) for i, line in zip(out.stream, out.line.to_pylist(), strict=True)] == [
        ({"app": "a", "service": "a"}, b"1"),
        ({"app": "c", "service": "c"}, b"3"),
    ]
    assert acknowledged == ["acknowledged"]
    (account,) = ledger
    assert (account.taken, account.passed, dict(account.dropped), account.imbalance) == (3, 2, {"relabel": 1}, 0)


async def test_a_batch_that_is_dropped_whole_is_acknowledged(tmp_path: Path) -> None:
    component, collected, _ = build(tmp_path, Rule(regex="keepme", action="labelkeep"))
    acknowledged: list[str] = []
    await component.push(batch(({"other": "1"}, b"x"), acknowledged=acknowledged))
    assert collected.batches == []
    assert acknowledged == ["acknowledged"]
