"""The vectorised encoder against protobuf's own serialiser, byte for byte."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.signals.columns import Coded, Column, Text
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.wire.loki import PushRequest
from runtime.wire.loki_encode import encode, push_request, stream_text

Row = tuple[int, int, bytes, dict[str, str | bytes]]


def target(labels: Labels) -> tuple[str | None, bytes]:
    return labels.get("__tenant_id__"), stream_text(labels)


def batch_of(rows: list[Row], streams: tuple[Labels, ...], coded: frozenset[str] = frozenset()) -> LogBatch:
    names = dict.fromkeys(name for row in rows for name in row[3])
    metadata: dict[str, Column] = {}
    for name in names:
        values = [row[3].get(name) for row in rows]
        if name in coded:
            distinct = list(dict.fromkeys(v for v in values if v is not None))
            codes = np.array([-1 if v is None else distinct.index(v) for v in values], np.int32)
            metadata[name] = Coded(tuple(str(v) for v in distinct), codes)
        else:
            texts = [v.encode() if isinstance(v, str) else v for v in values]
            metadata[name] = Text(pa.array(texts, pa.binary()))
    return LogBatch(
        streams,
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.int64),
        pa.array([row[2] for row in rows], pa.binary()),
        Delivery(),
        metadata,
    )


def naive(rows: list[Row], streams: tuple[Labels, ...]) -> bytes:
    """One message an entry, streams by first appearance."""
    request = PushRequest()
    by_text: dict[bytes, Any] = {}
    names = dict.fromkeys(name for row in rows for name in row[3])
    for stream, timestamp, line, metadata in rows:
        text = stream_text(streams[stream])
        if text not in by_text:
            by_text[text] = request.streams.add(labels=text.decode())
        entry = by_text[text].entries.add(line=line)
        entry.timestamp.seconds, entry.timestamp.nanos = divmod(timestamp, 10**9)
        entry.timestamp.SetInParent()
        for name in names:
            if name in metadata:
                value = metadata[name]
                entry.structured_metadata.add(
                    name=name.encode(), value=value.encode() if isinstance(value, str) else value
                )
    return bytes(request.SerializeToString())


def assembled(batch: LogBatch) -> bytes:
    encoded = encode(batch, target)
    return push_request((group.labels, [encoded.slice(group.start, group.end)]) for group in encoded.groups)


texts = st.text(st.characters(codec="utf-8"), max_size=4)
sizes = st.sampled_from([0, 1, 2, 100, 118, 127, 128, 129, 200, 16000, 16383, 16384])
lines = st.one_of(st.binary(max_size=8), sizes.map(lambda n: b"x" * n))
values = st.one_of(texts, sizes.map(lambda n: "v" * n))
stamps = st.one_of(
    st.sampled_from([0, 1, -1, 10**9, 2**63 - 1, -(2**63), 1_700_000_000_000_000_000]), st.integers(-(2**63), 2**63 - 1)
)
rows_strategy = st.lists(
    st.tuples(st.integers(0, 3), stamps, lines, st.dictionaries(st.sampled_from(["a", "trace", "", "é"]), values)),
    min_size=1,
    max_size=12,
)
STREAMS = (Labels({"a": "1"}), Labels({"b": "2", "__x": "y"}), Labels({"a": "1", "__y": ""}), Labels())


@settings(max_examples=300, deadline=None)
@given(rows_strategy, st.sets(st.sampled_from(["a", "trace", "", "é"])))
def test_same_bytes_as_protobuf(rows: list[Row], coded: set[str]) -> None:
    assert assembled(batch_of(rows, STREAMS, frozenset(coded))) == naive(rows, STREAMS)


def test_invalid_utf8_passes_through() -> None:
    rows: list[Row] = [(0, 5, b"\xff\xfe line", {"t": b"\x80"})]
    entry = PushRequest.FromString(assembled(batch_of(rows, STREAMS))).streams[0].entries[0]
    assert entry.line == b"\xff\xfe line"
    assert entry.structured_metadata[0].value == b"\x80"


def test_sliced_columns() -> None:
    """Arrow arrays that are windows into larger ones."""
    rows: list[Row] = [(0, n, b"line %d" % n, {"k": f"v{n}"}) for n in range(6)]
    whole = batch_of(rows, STREAMS)
    column = whole.metadata["k"]
    assert isinstance(column, Text)
    part = LogBatch(
        STREAMS,
        whole.stream[2:5],
        whole.timestamp[2:5],
        whole.line.slice(2, 3),
        Delivery(),
        {"k": Text(column.array.slice(2, 3))},
    )
    assert assembled(part) == naive(rows[2:5], STREAMS)


def test_groups_follow_first_appearance_and_split_by_tenant() -> None:
    streams = (Labels({"s": "z"}), Labels({"s": "a"}), Labels({"s": "z", "__tenant_id__": "t"}))
    rows: list[Row] = [(1, 1, b"a1", {}), (2, 2, b"t1", {}), (0, 3, b"z1", {}), (1, 4, b"a2", {})]
    encoded = encode(batch_of(rows, streams), target)
    assert [(g.tenant, g.labels, g.end - g.start) for g in encoded.groups] == [
        (None, b'{s="a"}', 2),
        ("t", b'{s="z"}', 1),
        (None, b'{s="z"}', 1),
    ]


def test_fitting_counts_lines_and_metadata() -> None:
    encoded = encode(batch_of([(0, n, b"x" * 10, {}) for n in range(5)], STREAMS), target)
    assert [encoded.fitting(0, 5, room) for room in (0, 9, 10, 35, 50, 99)] == [0, 0, 1, 3, 5, 5]
    assert encoded.fitting(2, 4, 99) == 4


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ({}, "{}"),
        ({"zeta": "1", "alpha": "2", "B": "u", "_u": "3"}, '{B="u", _u="3", alpha="2", zeta="1"}'),
        ({"__path__": "x", "e": ""}, '{e=""}'),
        ({"j": 'q"uo\\te\nnl\ttab é \x01 \u200b 日'}, '{j="q\\"uo\\\\te\\nnl\\ttab é \\x01 \\u200b 日"}'),
        ({"j": "\u00a0\u2028\u00ad\x7f\U0001f600\ue000"}, '{j="\\u00a0\\u2028\\u00ad\\x7f😀\\ue000"}'),
        ({"j": "\udcff"}, '{j="\\xff"}'),
        ({"z\ufffd": "1", "z\U0001f600": "2"}, '{z\ufffd="1", z😀="2"}'),
    ],
)
def test_stream_text(labels: dict[str, str], text: str) -> None:
    assert stream_text(labels).decode() == text
