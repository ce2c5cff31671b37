"""What arrives: one delivery of log lines by Loki's push API, decoded or only counted."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.message import DecodeError

from runtime.wire.loki_decode import PushError, Stream, decode_json, decode_protobuf, is_json, message
from runtime.wire.messages import build

__all__ = ["MAX_BODY", "Push", "PushError", "count_entries", "decode_push"]

MAX_BODY = 100 << 20
"""Bytes of a body, before and after decompression; Loki's default for a message."""

# The same request with its entries left as bytes: enough to count them.
_Envelope = build(
    "kmon.sink.count",
    {
        "PushRequest": [(1, "streams", "repeated Stream")],
        "Stream": [(1, "labels", "bytes"), (2, "entries", "repeated bytes")],
    },
)["PushRequest"]


@dataclass(frozen=True, slots=True)
class Push:
    tenant: str
    streams: tuple[Stream, ...]

    @property
    def entries(self) -> int:
        return sum(len(stream.entries) for stream in self.streams)


def decode_push(body: bytes, content_type: str, encoding: str, tenant: str) -> Push:
    """`content_type` and `encoding` are the request's headers, "" where absent. Raises `PushError`."""
    data = message(body, content_type, encoding, MAX_BODY)
    streams, faults = decode_json(data) if is_json(content_type) else decode_protobuf(data)
    if faults:
        raise faults[0]
    return Push(tenant, tuple(streams))


def count_entries(body: bytes, content_type: str, encoding: str) -> int:
    """The number of entries in a delivery, as cheap as it gets: entries are not looked into. Raises `PushError`."""
    if is_json(content_type):
        return decode_push(body, content_type, encoding, "").entries
    try:
        request = _Envelope.FromString(message(body, content_type, encoding, MAX_BODY))
    except DecodeError:
        raise PushError("body is no `logproto.PushRequest`") from None
    return sum(len(stream.entries) for stream in request.streams)
