"""Stages over odd input, each against a plain reading of the same rule, one line at a time."""

from __future__ import annotations

import logging
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from runtime.ledger import Account
from runtime.signals.columns import coded, text_of
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.stages.frame import Frame
from runtime.stages.pipeline import Pipeline
from runtime.stages.stage import Context
from runtime.text import rfc3339


def run(lines: list[bytes], *blocks: tuple[str, dict[str, Any]], labels: dict[str, str] | None = None) -> Frame:
    context = Context(Account("p", lambda: 0), CollectorRegistry(), logging.getLogger("test"))
    batch = LogBatch(
        streams=(Labels(labels or {"job": "t"}),),
        stream=np.zeros(len(lines), np.int32),
        timestamp=np.arange(len(lines), dtype=np.int64),
        line=pa.array(lines, pa.binary()),
        delivery=Delivery(),
    )
    return Pipeline(blocks, context).process(Frame.of(batch))


def values(frame: Frame, name: str) -> list[str | None]:
    column = frame.extracted.get(name)
    if column is None:
        return [None] * len(frame)
    one = coded(column)
    return [None if code < 0 else text_of(one.values[code]) for code in one.codes]


CRI = re.compile(rb"([^ ]+) (stdout|stderr) (?:([FP]) ?)?(.*)", re.DOTALL)
word = st.sampled_from(
    [b"2024-03-05T10:20:30.5Z", b"2024-03-05T10:20:30+01:00", b"x", b"", b"stdout", b"stderr", b"F", b"FP", b" "]
)
cri_line = st.lists(word, max_size=6).map(b" ".join) | st.binary(max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.lists(cri_line, min_size=1, max_size=8))
def test_cri_reads_each_line_as_a_plain_reading_does(lines: list[bytes]) -> None:
    lines = [line.replace(b" P", b" F") for line in lines]
    frame = run(lines, ("cri", {}))
    for i, line in enumerate(lines):
        match = CRI.fullmatch(line)
        labels = frame.streams[frame.stream[i]]
        if match is None:
            assert (frame.line[i].as_py(), labels.get("stream"), frame.timestamp[i]) == (line, None, i)
            continue
        assert frame.line[i].as_py() == match[4]
        assert labels["stream"] == match[2].decode()
        nanos = rfc3339.parse_one(match[1])
        assert frame.timestamp[i] == (i if nanos is None else nanos)
        assert values(frame, "flags")[i] == "F"
        assert values(frame, "time")[i] == match[1].decode("utf-8", "surrogateescape")
        assert values(frame, "content")[i] == match[4].decode("utf-8", "surrogateescape")


HOSTILE = [
    (b'{"a":"1"}', "1"),
    (b'{"a":"1"} {"a":"2"}', None),
    (b'{"a":"1"}{"a":"2"}', None),
    (b'{"a":"x', None),
    (b'","b":"}', None),
    (b'{"a":[{}', None),
    (b'{"b":1}]}', None),
    (b'{"a":"1",\n"b":2}', "1"),
    (b'{"a":"1"}\n{"a":"2"}', None),
    (b"\n", None),
    (b"", None),
    (b"{}", None),
    (b'{"a":"\xff"}', "\ufffd"),
    (b'{"a":"\\ud800x"}', "\ufffdx"),
    (b'{"a":NaN}', None),
    (b'{"a":1e400}', None),
    (b'{"a":12345678901234567890123}', "12345678901234568000000"),
    (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", None),
]


@pytest.mark.parametrize("repeat", [1, 40])
def test_no_line_can_change_what_json_reads_from_another(repeat: int) -> None:
    rows = [row for _ in range(repeat) for row in HOSTILE]
    frame = run([line for line, _ in rows], ("json", {"expressions": {"a": ""}}))
    found = values(frame, "a")
    for (line, wanted), value in zip(rows, found, strict=True):
        if b"[[" not in line:
            assert value == wanted, line


def test_a_block_with_stages_for_some_entries_keeps_the_order() -> None:
    lines = [f"{'a' if i % 3 else 'b'}{i}".encode() for i in range(50)]
    blocks = [("static_labels", {"values": {"x": "y"}}), ("drop", {"expression": "7$"})]
    frame = run(lines, ("match", {"selector": '{job="t"} |= "a"', "stage": blocks}))
    assert frame.line.to_pylist() == [line for line in lines if not (line.startswith(b"a") and line.endswith(b"7"))]
    assert [("x" in frame.streams[s]) for s in frame.stream] == [line.as_py().startswith(b"a") for line in frame.line]


@pytest.mark.parametrize(
    "expression",
    [
        "password=(\\S+)",
        "(?i)(?:pass|word)=([^\\s&]+)",
        "<(\\d+)>",
        "([a-z]+)@x",
        "k=(\\w*)",
        "a(b)+c",
        "a(b)|c",
        "(a)(?i)b",
        "=([()]+);",
    ],
)
def test_replacing_natively_is_replacing_one_by_one(expression: str) -> None:
    lines = [
        b"password=one PASSWORD=two",
        b"Word=a&pass=b",
        b"<1><22><>",
        b"me@x you@xx",
        b"k= k=1",
        b"abbc",
        b"ab c",
        b"",
        b"=(;=);",
        b"\xff k=\xfe1",
    ]
    fast = run(lines, ("replace", {"expression": expression, "replace": "\\1$1"}))
    slow = run(lines, ("replace", {"expression": expression, "replace": '{{ "\\\\1$1" }}'}))
    assert fast.line.to_pylist() == slow.line.to_pylist()


def test_bytes_that_are_no_utf8_are_searched_and_kept() -> None:
    lines = [b"ok=1", b"\xff\xfe ok=2 \xff", b"\xffno"]
    frame = run(lines, ("regex", {"expression": "ok=(?P<ok>\\d) ?(?P<rest>.*)"}), ("output", {"source": "rest"}))
    assert values(frame, "ok") == ["1", "2", None]
    assert frame.line.to_pylist() == [b"", b"\xff", b"\xffno"]
    kept = run(lines, ("drop", {"expression": "ok=2"}))
    assert kept.line.to_pylist() == [b"ok=1", b"\xffno"]


@settings(max_examples=200, deadline=None)
@given(st.text("(a|b)[]?:\\^<>P*+1,{}-", max_size=12), st.text("ab()[]:-", max_size=8))
def test_extracting_works_with_any_expression_that_re2_takes(inner: str, line: str) -> None:
    expression = f"(?P<g>{inner})"
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(expression, options)
    except re2.error:
        return
    if len(compiled.groupindex) != 1:
        return
    match = compiled.search(line)
    frame = run([line.encode()], ("regex", {"expression": expression}))
    assert values(frame, "g") == [None if match is None else match.group("g") or ""]
