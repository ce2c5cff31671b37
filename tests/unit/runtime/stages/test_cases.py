"""The stages' conformance cases, run inside this process: lines of files as batches, what the last receivers get as records.

The black-box runner drives the same cases through the whole program; here a failure points at a stage, in milliseconds.
"""

from __future__ import annotations

import json
import logging
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from compiler.catalog import ComponentSchema, load_catalog
from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate.decode import decode
from compiler.evaluate.scope import Scope
from compiler.syntax import parse
from compiler.syntax.tree import Block
from runtime.component import ComponentError, Options, Services
from runtime.components.loki.process import Arguments, Process
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.signals.columns import coded, text_of
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.stages import stage
from runtime.wire.loki_encode import stream_text

CASES = Path(__file__).parents[3] / "conformance" / "loki"
TOPICS = (
    "cri", "docker", "json", "logfmt", "multiline", "tenant", "decolorize", "pack", "limit", "sampling", "structured_metadata_drop",
    "truncate", "regex", "replace", "labels", "static_labels", "label_drop", "label_keep", "structured_metadata",
    "match", "drop", "timestamp", "output", "template", "combos",
)  # fmt: skip
OWN = ("loki.process", "loki.write", "loki.source.file")


class Written(LogsReceiver):
    """Stands for `loki.write`."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.records: list[dict[str, Any]] = []

    async def push(self, batch: LogBatch) -> None:
        columns = {name: coded(column) for name, column in batch.metadata.items()}
        for i in range(len(batch)):
            labels = dict(batch.streams[batch.stream[i]])
            tenant = labels.get("__tenant_id__", self.tenant)
            meta = {}
            for name, column in columns.items():
                text = text_of(column.values[column.codes[i]]) if column.codes[i] >= 0 else None
                if text is not None:
                    meta[name] = text
            self.records.append(
                {
                    "k": "log",
                    "labels": {name: value for name, value in labels.items() if not name.startswith("__")},
                    "line": batch.line[i].as_py().decode(),
                    "meta": meta,
                    "tenant": tenant,
                    "ts": "now" if abs(int(batch.timestamp[i]) - time.time_ns()) < 600e9 else int(batch.timestamp[i]),
                }
            )
        batch.delivery.done()


def found_cases() -> list[Any]:
    known = set(stage.names())
    found = []
    for topic in TOPICS:
        for case in json.loads((CASES / f"{topic}.json").read_text("utf-8")):
            used = {line.strip().split(" ")[0] for line in case["config"].splitlines()}
            stages = {word.removeprefix("stage.") for word in used if word.startswith("stage.")}
            if not case.keys() & {"send", "then"} and stages <= known:
                found.append(pytest.param(case, id=f"{topic}: {case['name']}"))
    return found


def schema_of(name: str) -> ComponentSchema:
    found = load_catalog().get(name)
    assert found is not None
    return found


class Graph:
    """The components of one case, wired."""

    def __init__(self, config: str, tmp_path: Path) -> None:
        diagnostics = Diagnostics()
        file = parse(
            Source("config.alloy", config.replace("${DIR}", "/dir").replace("${SINK}", "http://sink")), diagnostics
        )
        assert not list(diagnostics)
        self.ledger = Ledger()
        self.written: list[Written] = []
        self.sources: list[dict[str, Any]] = []
        self.processes: list[Process] = []
        self.metrics: dict[str, Any] = {}
        self._receivers: dict[str, LogsReceiver] = {}
        self._blocks = {
            f"{b.type}.{b.label.text}": b for b in file.body.blocks if b.label is not None and b.type in OWN
        }
        self._tmp_path = tmp_path
        for name, block in self._blocks.items():
            if block.type == "loki.source.file":
                self.sources.append(self._decoded(block))
            elif name not in self._receivers:
                self._build(name)

    def _build(self, name: str) -> LogsReceiver:
        block = self._blocks[name]
        if name in self._receivers:
            return self._receivers[name]
        decoded = self._decoded(block)
        if block.type == "loki.write":
            written = Written(decoded["endpoint"][0].get("tenant_id", ""))
            self.written.append(written)
            self._receivers[name] = written
            return written

        def export(exports: Any) -> None:
            self._receivers[name] = exports.receiver

        options = Options(
            id=name,
            data_path=self._tmp_path,
            logger=logging.getLogger("test"),
            export=export,
            set_health=lambda state, message: None,
            services=Services(self.ledger, Clusters()),
        )
        self.processes.append(Process(options, Arguments(**decoded)))
        self.metrics[name] = options.metrics
        return self._receivers[name]

    def _decoded(self, block: Block) -> dict[str, Any]:
        diagnostics = Diagnostics()
        scope = Scope({"loki": _Lazy(self)})
        decoded = decode(block.body, schema_of(block.type).body, scope, diagnostics)
        if list(diagnostics):
            raise ComponentError("; ".join(str(found.message) for found in diagnostics))
        return decoded

    def resolve(self, name: str) -> LogsReceiver:
        return self._build(name)


class _Lazy(dict[str, Any]):
    """`loki.process.p.receiver` and the like, built when they are asked for."""

    def __init__(self, graph: Graph, prefix: str = "loki") -> None:
        names = {name[len(prefix) + 1 :].split(".")[0] for name in graph._blocks if name.startswith(f"{prefix}.")}
        super().__init__(dict.fromkeys(names))
        self._graph = graph
        self._prefix = prefix

    def __getitem__(self, name: str) -> Any:
        path = f"{self._prefix}.{name}"
        return {"receiver": self._graph.resolve(path)} if path in self._graph._blocks else _Lazy(self._graph, path)


def batches(graph: Graph, files: dict[str, str], size: int, acknowledged: list[int]) -> list[tuple[LogBatch, Any]]:
    """The lines of each source, `size` entries a batch."""
    found = []
    for source in graph.sources:
        for target in source["targets"]:
            text = files[target["__path__"].removeprefix("/dir/")]
            labels = Labels({**{k: v for k, v in target.items() if k != "__path__"}, "filename": target["__path__"]})
            lines = [line.encode() for line in text.split("\n")[:-1]]
            for at in range(0, len(lines), size):
                chunk = lines[at : at + size]
                batch = LogBatch(
                    streams=(labels,),
                    stream=np.zeros(len(chunk), np.int32),
                    timestamp=np.full(len(chunk), time.time_ns()) + np.arange(len(chunk)),
                    line=pa.array(chunk, pa.binary()),
                    delivery=Delivery([partial(acknowledged.append, len(chunk))]),
                    origin=np.zeros(len(chunk), np.int32),
                )
                found.append((batch, source["forward_to"]))
    return found


def canonical(record: dict[str, Any]) -> str:
    return json.dumps(record, sort_keys=True)


@pytest.mark.parametrize("size", [5000, 1])
@pytest.mark.parametrize("case", found_cases())
async def test_case(case: dict[str, Any], size: int, tmp_path: Path) -> None:
    expected = case["expect"]
    if expected.get("exit"):
        with pytest.raises(ComponentError) as refused:
            Graph(case["config"], tmp_path)
        assert "\n" not in str(refused.value)
        return
    graph = Graph(case["config"], tmp_path)
    acknowledged: list[int] = []
    sent = 0
    for batch, receivers in batches(graph, case["files"], size, acknowledged):
        sent += len(batch)
        batch.delivery.fork(len(receivers) - 1)
        for receiver in receivers:
            await receiver.push(batch)
    for process in graph.processes:
        await process.drain()
    records = [record for written in graph.written for record in written.records]
    if "stream" in case.get("capture", []):
        records = [{**record, "stream": stream_text(record["labels"]).decode()} for record in records]
    wanted = [json.loads(json.dumps(record).replace("${DIR}", "/dir")) for record in expected["records"]]
    if "labels" in case.get("ignore", []):
        records, wanted = ([{**record, "labels": {}} for record in some] for some in (records, wanted))
    assert sorted(map(canonical, records)) == sorted(map(canonical, wanted))
    assert sum(acknowledged) == sent
    assert [account.imbalance for account in graph.ledger] == [0] * len(graph.processes)
    for name, labels, value in expected["exports"].get("/metrics", []):
        own = {label: text for label, text in labels.items() if not label.startswith("component_")}
        assert graph.metrics["loki.process.p"].get_sample_value(name, own) == float(value), (name, own)
