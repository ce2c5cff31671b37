"""Every stage, over bytes and times that no application should write, and batches of unusual shapes."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from prometheus_client import CollectorRegistry

from compiler.evaluate.types import ByteSize
from runtime.ledger import Account
from runtime.relabel import Rule, Rules
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.stages import stage
from runtime.stages.frame import Frame
from runtime.stages.pipeline import Pipeline
from runtime.stages.stage import Context
from runtime.wire.loki import PushRequest
from runtime.wire.loki_encode import encode, push_request, stream_text

LINES = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"a\0b\xc3(",
    b"\xed\xa0\x80",
    b'{"level": "\\ud800", "msg": "\\u0000", "time": "9999-12-31T23:59:59Z", "n": 1e999}',
    b'{"level": "in\xfffo", "msg": "a\0b", "time": "1969-12-31T23:59:59.5Z"}',
    b'{"level": "info", "msg": "x", "time": "1677-01-01T00:00:00Z"}',
    b'{"log": "a\\u0000\\n", "stream": "std\xffout", "time": "2262-04-12T00:00:00Z"}',
    b"1969-12-31T23:59:59.000000001Z stdout F before\xff",
    b"0001-01-01T00:00:00Z stderr F long before\0",
    b"9999-12-31T23:59:59Z stdout F after",
    b"2300-01-01T00:00:00Z stdout P partial\xff",
    b"2300-01-01T00:00:00Z stdout F rest\0",
    b"level=in\xfffo msg=\"a\0b\" \xff=1",
    "level=información msg=\u2028".encode(),
]  # fmt: skip
EXTRACT = ("regex", {"expression": "(?P<level>[^ =]+)=?(?P<msg>.*)", "labels_from_groups": True})
JSON = ("json", {"expressions": {"level": "", "msg": "", "time": ""}})
STAGES: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "cri": [("cri", {})],
    "decolorize": [("decolorize", {})],
    "docker": [("docker", {})],
    "drop": [EXTRACT, ("drop", {"source": "level,msg", "expression": "inf."}), ("drop", {"expression": "after"})],
    "json": [JSON, ("json", {"regex": "^l", "drop_malformed": True})],
    "label_drop": [EXTRACT, ("label_drop", {"values": ["level"]})],
    "label_keep": [EXTRACT, ("label_keep", {"values": ["level"]})],
    "labels": [JSON, EXTRACT, ("labels", {"values": {"l": "level", "m": "msg"}})],
    "limit": [EXTRACT, ("limit", {"rate": 1e9, "burst": 5, "drop": True, "by_label_name": "level"})],
    "logfmt": [("logfmt", {"mapping": {"l": "level"}, "regex": "m|\\xff"})],
    "match": [EXTRACT, ("match", {"selector": '{level=~".*o"} |= "msg" !~ "x+"', "stage": [JSON]})],
    "multiline": [("multiline", {"firstline": "a", "max_lines": 3})],
    "output": [JSON, ("output", {"source": "msg"})],
    "pack": [JSON, EXTRACT, ("pack", {"labels": ["level", "msg", "n"]})],
    "regex": [EXTRACT, ("regex", {"source": "msg", "expression": "(?P<first>.)"})],
    "replace": [EXTRACT, ("replace", {"expression": "(a|o)", "replace": "{{ .Value | upper }}{{ .level }}"})],
    "sampling": [("sampling", {"rate": 0.5})],
    "static_labels": [("static_labels", {"values": {"x": "y"}})],
    "structured_metadata": [JSON, EXTRACT, ("structured_metadata", {"values": {"level": "", "m": "msg"}, "regex": "t"})],
    "structured_metadata_drop": [
        EXTRACT,
        ("structured_metadata", {"values": {"level": "", "msg": ""}}),
        ("structured_metadata_drop", {"values": ["msg"]}),
    ],
    "template": [JSON, EXTRACT, ("template", {"source": "t", "template": "{{ .level | lower | quote }}{{ .Entry | trunc 3 }}"})],
    "tenant": [EXTRACT, ("tenant", {"source": "level"})],
    "timestamp": [JSON, ("timestamp", {"source": "time", "format": "RFC3339"})],
    "truncate": [
        JSON,
        EXTRACT,
        ("structured_metadata", {"values": {"level": "", "m": "msg"}}),
        (
            "truncate",
            {
                "rule": [
                    {"limit": ByteSize(4), "suffix": "…"},
                    *({"limit": ByteSize(2), "source_type": kind} for kind in ("label", "structured_metadata", "extracted")),
                ]
            },
        ),
    ],
}  # fmt: skip


def batch(lines: list[bytes], streams: int = 1) -> LogBatch:
    return LogBatch(
        streams=tuple(Labels({"n": str(number)}) for number in range(streams)),
        stream=np.arange(len(lines), dtype=np.int32) % np.int32(streams),
        timestamp=np.array([[-(2**62), -1, 0, 2**62][row % 4] for row in range(len(lines))], np.int64),
        line=pa.array(lines, pa.binary()),
        delivery=Delivery(),
    )


def through(given: LogBatch, *blocks: tuple[str, dict[str, Any]]) -> Frame:
    """What comes out; no stage may have failed, and the books balance."""
    account, registry = Account("p", lambda: 0), CollectorRegistry()
    pipeline = Pipeline(blocks, Context(account, registry, logging.getLogger("test")))
    account.held = pipeline.held
    account.take(len(given))
    frame = pipeline.process(Frame.of(given))
    account.pass_on(len(frame))
    failed = [sample for family in registry.collect() for sample in family.samples if "stage_errors" in sample.name]
    assert failed == []
    assert account.imbalance == 0
    return frame


def sent(frame: Frame) -> list[tuple[str, bytes, int]]:
    """Labels, line and time of the entries as a destination reads them."""
    encoded = encode(frame.batch(), lambda labels: (None, stream_text(labels)))
    text = push_request([(group.labels, [encoded.slice(group.start, group.end)]) for group in encoded.groups])
    return [
        (stream.labels, entry.line, entry.timestamp.seconds * 10**9 + entry.timestamp.nanos)
        for stream in PushRequest.FromString(text).streams
        for entry in stream.entries
    ]


def test_every_stage_stands_here() -> None:
    assert sorted(STAGES) == list(stage.names())


@pytest.mark.parametrize("name", STAGES)
def test_odd_bytes_and_times(name: str) -> None:
    frame = through(batch(LINES), *STAGES[name])
    assert len(sent(frame)) == len(frame)


@pytest.mark.parametrize("name", STAGES)
def test_each_odd_line_alone(name: str) -> None:
    for line in LINES:
        sent(through(batch([line]), *STAGES[name]))


@pytest.mark.parametrize("name", STAGES)
def test_no_entry_and_very_many_streams(name: str) -> None:
    assert len(through(batch([]), *STAGES[name])) == 0
    many = batch([LINES[row % len(LINES)] for row in range(20_000)], streams=20_000)
    assert len(through(many, *STAGES[name])) <= 20_000


def test_lines_and_times_arrive_as_they_are() -> None:
    given = batch(LINES)
    expected = zip(LINES, given.timestamp.tolist(), strict=True)
    assert [(line, time) for _, line, time in sent(Frame.of(given))] == list(expected)


@pytest.mark.parametrize(
    ("line", "nanoseconds"),
    [
        (b"1969-12-31T23:59:59.999999999Z stdout F x", -1),
        (b"1678-01-01T00:00:00Z stdout F x", -9214560000 * 10**9),
        (b"2261-12-31T23:59:59Z stdout F x", 9214646399 * 10**9),
        (b"2262-12-31T23:59:59Z stdout F x", 7),
        (b"0001-01-01T00:00:00Z stdout F x", 7),
    ],
)
def test_times_that_64_bits_do_not_hold_keep_the_time_of_reading(line: bytes, nanoseconds: int) -> None:
    given = batch([line])
    given.timestamp[0] = 7
    assert through(given, ("cri", {})).timestamp.tolist() == [nanoseconds]


@pytest.mark.parametrize("action", ["replace", "keep", "drop", "labelmap", "labelkeep", "lowercase", "hashmod"])
def test_labels_that_are_no_utf8_are_relabelled(action: str) -> None:
    written: dict[str, Any] = {"action": action, "regex": "(.*)"}
    if action in ("replace", "lowercase", "hashmod"):
        written["target_label"] = "t"
    if action == "hashmod":
        written["modulus"] = 3
    if action not in ("labelmap", "labelkeep"):
        written["source_labels"] = ["filename", "other"]
    rules = Rules([Rule(**written)])
    labels = {"filename": b"/a\xff.log".decode("utf-8", "surrogateescape"), "other": "\0"}
    changed = rules.apply(labels)
    assert changed is None or set(labels.values()) <= set(changed.values())
    if action == "replace":
        assert changed is not None and changed["t"] == f"{labels['filename']};\0"
