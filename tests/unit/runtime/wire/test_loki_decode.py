"""Loki's push request, read as it was sent."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
import snappy

from runtime.wire.loki import PushRequest
from runtime.wire.loki_decode import (
    Entry,
    PushError,
    PushTooLargeError,
    Stream,
    decode_json,
    decode_protobuf,
    is_json,
    message,
    stream_labels,
)

PROTOBUF, JSON = "application/x-protobuf", "application/json; charset=utf-8"
LIMIT = 1 << 20


def decode(body: bytes, kind: str, encoding: str = "") -> tuple[list[Stream], list[PushError]]:
    data = message(body, kind, encoding, LIMIT)
    return decode_json(data) if is_json(kind) else decode_protobuf(data)


def protobuf() -> bytes:
    request = PushRequest()
    stream = request.streams.add(labels='{app="a", quote="\\"\\\\"}')
    for second, line in ((1, b"one"), (2, b"not utf-8: \xff")):
        entry = stream.entries.add(line=line)
        entry.timestamp.seconds, entry.timestamp.nanos = second, 5
    entry.structured_metadata.add(name=b"id", value=b"7")
    request.streams.add(labels="{}")
    data: bytes = request.SerializeToString()
    return data


def in_json(values: object) -> bytes:
    return json.dumps({"streams": [{"stream": {"app": "a"}, "values": values}]}).encode()


def test_protobuf_keeps_bytes_nanoseconds_and_metadata() -> None:
    streams, faults = decode(snappy.compress(protobuf()), PROTOBUF)
    entries = (Entry(1_000_000_005, b"one", {}), Entry(2_000_000_005, b"not utf-8: \xff", {"id": "7"}))
    assert streams == [
        Stream({"app": "a", "quote": '"\\'}, entries, '{app="a", quote="\\"\\\\"}'),
        Stream({}, (), "{}"),
    ]
    assert not faults


def test_json_with_and_without_metadata() -> None:
    streams, faults = decode(in_json([["5", "x"], ["6", "é", {"id": "7"}]]), JSON)
    assert streams == [Stream({"app": "a"}, (Entry(5, b"x", {}), Entry(6, "é".encode(), {"id": "7"})))]
    assert not faults


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "identity", ""])
def test_content_encodings(encoding: str) -> None:
    body = in_json([["5", "x"]])
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(body),
        "deflate": zlib.compress(body),
        "raw deflate": raw.compress(body) + raw.flush(),
    }
    name = encoding.rpartition(" ")[2]
    assert decode(packed.get(encoding, body), JSON, name)[0][0].entries == (Entry(5, b"x", {}),)
    assert len(decode(snappy.compress(protobuf()), PROTOBUF, "snappy")[0]) == 2


@pytest.mark.parametrize(
    ("body", "kind", "encoding", "reason"),
    [
        (b"", PROTOBUF, "", "no snappy block"),
        (b"\x05abc", PROTOBUF, "", "no snappy block"),
        (snappy.compress(b"abc"), PROTOBUF, "", "no `logproto.PushRequest`"),
        (b"{}", JSON, "", "missing required field `streams`"),
        (in_json([["5"]]), JSON, "", r"\$.streams\[0\].values\[0\]"),
        (in_json([["5", 7]]), JSON, "", "got `int`"),
        (b"x", JSON, "gzip", "no gzip"),
        (gzip.compress(b"x", mtime=0)[:-4], JSON, "gzip", "no gzip"),
        (b"x", JSON, "br", "`br` is not supported"),
    ],
)
def test_malformed_bodies_say_why(body: bytes, kind: str, encoding: str, reason: str) -> None:
    with pytest.raises(PushError, match=reason):
        decode(body, kind, encoding)


@pytest.mark.parametrize(
    ("body", "kind", "encoding"),
    [
        (b"\xff\xff\xff\xff\x0fabc", PROTOBUF, ""),
        (snappy.compress(bytes(LIMIT + 1)), PROTOBUF, ""),
        (gzip.compress(bytes(LIMIT + 1)), JSON, "gzip"),
    ],
)
def test_what_is_too_large_unpacked_is_not_unpacked(body: bytes, kind: str, encoding: str) -> None:
    with pytest.raises(PushTooLargeError, match="larger than 1048576 bytes"):
        decode(body, kind, encoding)


def test_a_stream_that_cannot_be_read_leaves_the_others() -> None:
    request = PushRequest()
    for labels in ("{a=1}", '{b="2"}'):
        request.streams.add(labels=labels).entries.add(line=b"x")
    streams, faults = decode(snappy.compress(request.SerializeToString()), PROTOBUF)
    assert [stream.labels for stream in streams] == [{"b": "2"}]
    assert [str(fault) for fault in faults] == ['stream labels `{a=1}`: expected `"`, found `1` at column 4']


@pytest.mark.parametrize("stamp", ["soon", str(1 << 63)])
def test_times_that_are_none(stamp: str) -> None:
    streams, (fault,) = decode(in_json([[stamp, "x"]]), JSON)
    assert not streams
    assert f"timestamp `{stamp}` is no number of nanoseconds" in str(fault)


def test_labels_of_any_name_and_with_all_escapes() -> None:
    assert stream_labels("{}") == {}
    assert stream_labels('{a-b="1",é="2"}') == {"a-b": "1", "é": "2"}
    assert stream_labels(r'{e="\a\t\x41\101é\U0001f600\xff"}') == {"e": "\a\tAAé😀\udcff"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected `{`, found the end at column 1"),
        ('{a="b"', "expected `,`, found the end at column 7"),
        ('{a="b', "no end"),
        ("{a=b}", 'expected `"`, found `b` at column 4'),
        ('{a="\\q"}', r"`\\q` is no escape of a quoted text at column 4"),
        ('{a="\\xz1"}', r"`\\x` is no escape"),
        ('{a="b"} x', "expected the end, found `x`"),
        ('{a="b", a="c"}', "`a` stands twice"),
    ],
)
def test_labels_that_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(PushError, match=reason):
        stream_labels(text)
