from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from runtime.component import Options, Services
from runtime.components.loki.echo import Arguments, Echo, Exports
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.signals.columns import Coded, Text
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch


async def test_logs_every_entry(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    exports: list[msgspec.Struct] = []
    logger = logging.getLogger("test.echo")
    Echo(
        Options(
            "loki.echo.e", tmp_path, logger, exports.append, lambda state, text: None, Services(Ledger(), Clusters())
        ),
        Arguments(),
    )
    acked: list[bool] = []
    batch = LogBatch(
        (Labels({"b": "2", "a": "1", "__x": "y"}),),
        np.zeros(2, np.int32),
        np.array([1_700_000_000_120_000_000, 0], np.int64),
        pa.array([b"one", b"\xff"], pa.binary()),
        Delivery([lambda: acked.append(True)]),
        {"k": Coded(("v",), np.array([0, -1], np.int32)), "t": Text(pa.array([None, b"x"], pa.binary()))},
    )
    (export,) = exports
    assert isinstance(export, Exports)
    await export.receiver.push(batch)
    fields = [record.__dict__["fields"] for record in caplog.records if record.message == "received log entry"]
    assert fields == [
        {
            "labels": '{__x="y", a="1", b="2"}',
            "entry": "one",
            "entry_timestamp": "2023-11-14T22:13:20.12Z",
            "structured_metadata": '{"k":"v"}',
        },
        {
            "labels": '{__x="y", a="1", b="2"}',
            "entry": "\ufffd",
            "entry_timestamp": "1970-01-01T00:00:00Z",
            "structured_metadata": '{"t":"x"}',
        },
    ]
    assert acked == [True]
