from __future__ import annotations

import gzip
import json
import zlib

import pytest
import snappy

from kmon.sink.push import Entry, PushError, Stream, count_entries, decode_push, stream_labels
from runtime.wire.loki import PushRequest

PROTOBUF, JSON = "application/x-protobuf", "application/json; charset=utf-8"


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
    push = decode_push(snappy.compress(protobuf()), PROTOBUF, "", "t")
    entries = (Entry(1_000_000_005, b"one", {}), Entry(2_000_000_005, b"not utf-8: \xff", {"id": "7"}))
    assert push.tenant == "t"
    assert push.streams == (
        Stream({"app": "a", "quote": '"\\'}, entries, '{app="a", quote="\\"\\\\"}'),
        Stream({}, (), "{}"),
    )


def test_json_with_and_without_metadata() -> None:
    push = decode_push(in_json([["5", "x"], ["6", "é", {"id": "7"}]]), JSON, "", "")
    assert push.streams == (Stream({"app": "a"}, (Entry(5, b"x", {}), Entry(6, "é".encode(), {"id": "7"}))),)


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
    assert decode_push(packed.get(encoding, body), JSON, name, "").entries == 1
    assert decode_push(snappy.compress(protobuf()), PROTOBUF, "snappy", "").entries == 2


def test_counting_agrees_with_decoding() -> None:
    for body, kind in ((snappy.compress(protobuf()), PROTOBUF), (in_json([["5", "x"]]), JSON)):
        assert count_entries(body, kind, "") == decode_push(body, kind, "", "").entries


@pytest.mark.parametrize(
    ("body", "kind", "encoding", "reason"),
    [
        (b"", PROTOBUF, "", "no snappy block"),
        (b"\x05abc", PROTOBUF, "", "no snappy block"),
        (b"\xff\xff\xff\xff\x0fabc", PROTOBUF, "", "larger than"),
        (snappy.compress(b"abc"), PROTOBUF, "", "no `logproto.PushRequest`"),
        (b"{}", JSON, "", "missing required field `streams`"),
        (in_json([["5"]]), JSON, "", r"\$.streams\[0\].values\[0\]"),
        (in_json([["5", 7]]), JSON, "", "got `int`"),
        (in_json([["soon", "x"]]), JSON, "", "`soon` is no number of nanoseconds"),
        (b"x", JSON, "gzip", "no gzip"),
        (gzip.compress(b"x", mtime=0)[:-4], JSON, "gzip", "no gzip"),
        (b"x", JSON, "br", "`br` is not supported"),
    ],
)
def test_malformed_bodies_say_why(body: bytes, kind: str, encoding: str, reason: str) -> None:
    with pytest.raises(PushError, match=reason):
        decode_push(body, kind, encoding, "")


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
        ('{a="\\q"}', r"unknown escape `\\q` at column 5"),
        ('{a="\\xz1"}', "needs 2 digits"),
        ('{a="b"} x', "expected the end, found `x`"),
        ('{a="b", a="c"}', "`a` stands twice"),
    ],
)
def test_labels_that_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(PushError, match=reason):
        stream_labels(text)
