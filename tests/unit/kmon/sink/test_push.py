from __future__ import annotations

import json

import pytest
import snappy

from kmon.sink.push import PushError, count_entries, decode_push
from runtime.wire.loki import PushRequest

PROTOBUF, JSON = "application/x-protobuf", "application/json; charset=utf-8"


def protobuf(*labels: str) -> bytes:
    request = PushRequest()
    for text in labels:
        stream = request.streams.add(labels=text)
        stream.entries.add(line=b"one")
        stream.entries.add(line=b"two")
    data: bytes = snappy.compress(request.SerializeToString())
    return data


def in_json(stamp: str) -> bytes:
    return json.dumps({"streams": [{"stream": {"app": "a"}, "values": [[stamp, "x"]]}]}).encode()


def test_a_push_of_a_tenant() -> None:
    push = decode_push(protobuf('{a="b"}', "{}"), PROTOBUF, "", "t")
    assert push.tenant == "t"
    assert [stream.labels for stream in push.streams] == [{"a": "b"}, {}]


def test_counting_agrees_with_decoding() -> None:
    for body, kind in ((protobuf('{a="b"}', "{}"), PROTOBUF), (in_json("5"), JSON)):
        assert count_entries(body, kind, "") == decode_push(body, kind, "", "").entries


@pytest.mark.parametrize(("body", "kind"), [(protobuf('{a="b"}', "{a}"), PROTOBUF), (in_json("soon"), JSON)])
def test_a_stream_that_cannot_be_read_refuses_all(body: bytes, kind: str) -> None:
    with pytest.raises(PushError, match=r"expected `=`|`soon` is no number"):
        decode_push(body, kind, "", "")


def test_what_is_no_push_cannot_be_counted() -> None:
    with pytest.raises(PushError, match="no `logproto"):
        count_entries(snappy.compress(b"abc"), PROTOBUF, "")
