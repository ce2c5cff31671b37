"""Loki's push request (`logproto.PushRequest` of Loki's public push API: POST /loki/api/v1/push, snappy block format).

`line` and the metadata's texts are declared as bytes: the wire is the same, and lines that are not UTF-8 pass through.
"""

from __future__ import annotations

from runtime.wire.messages import build

__all__ = ["PushRequest"]

_MESSAGES = build(
    "kmon.logproto",
    {
        "PushRequest": [(1, "streams", "repeated Stream")],
        "Stream": [(1, "labels", "string"), (2, "entries", "repeated Entry"), (3, "hash", "uint64")],
        "Entry": [(1, "timestamp", "Timestamp"), (2, "line", "bytes"), (3, "structured_metadata", "repeated Pair")],
        "Timestamp": [(1, "seconds", "int64"), (2, "nanos", "int32")],
        "Pair": [(1, "name", "bytes"), (2, "value", "bytes")],
    },
)
PushRequest = _MESSAGES["PushRequest"]
