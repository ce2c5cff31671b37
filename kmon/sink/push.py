"""What arrives: the decoded form of one delivery of log lines, and its decoding from Loki's push API.

Loki API, "Ingest logs": protobuf in the snappy block format, or JSON; either may carry a Content-Encoding on top.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import snappy
from google.protobuf.message import DecodeError

from kmon.sink.text import Reader, TextError
from runtime.wire.loki import PushRequest
from runtime.wire.messages import build

__all__ = ["MAX_BODY", "Entry", "Push", "PushError", "Stream", "count_entries", "decode_push", "stream_labels"]

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


class PushError(ValueError):
    """A delivery that cannot be read; the text is one line and says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`timestamp` in nanoseconds since 1970. `line` stays bytes: it need not be UTF-8."""

    timestamp: int
    line: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stream:
    """`text` is the label set as it was sent (empty for JSON)."""

    labels: Mapping[str, str]
    entries: tuple[Entry, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    tenant: str
    streams: tuple[Stream, ...]

    @property
    def entries(self) -> int:
        return sum(len(stream.entries) for stream in self.streams)


class _Value(msgspec.Struct, array_like=True, frozen=True):
    timestamp: str
    line: str
    metadata: dict[str, str] = {}


class _JSONStream(msgspec.Struct, frozen=True):
    stream: dict[str, str]
    values: list[_Value] = []


class _JSONPush(msgspec.Struct, frozen=True):
    streams: list[_JSONStream]


_json_push = msgspec.json.Decoder(_JSONPush)


def decode_push(body: bytes, content_type: str, encoding: str, tenant: str) -> Push:
    """`content_type` and `encoding` are the request's headers, "" where absent. Raises `PushError`."""
    body = _unpacked(body, encoding)
    if _is_json(content_type):
        return Push(tenant, _from_json(body))
    return Push(tenant, _from_protobuf(_uncompressed(body)))


def count_entries(body: bytes, content_type: str, encoding: str) -> int:
    """The number of entries in a delivery, as cheap as it gets: entries are not looked into. Raises `PushError`."""
    body = _unpacked(body, encoding)
    if _is_json(content_type):
        return sum(len(stream.entries) for stream in _from_json(body))
    try:
        return sum(len(stream.entries) for stream in _Envelope.FromString(_uncompressed(body)).streams)
    except DecodeError:
        raise PushError("body is no `logproto.PushRequest`") from None


def _unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its Content-Encoding; `snappy` is the business of who reads the message. Raises `PushError`."""
    match encoding.strip().lower():
        case "" | "identity" | "snappy":
            return body
        case "gzip":
            return _inflated(body, (16 + zlib.MAX_WBITS,), "gzip")
        case "deflate":
            # HTTP means zlib by it, Loki's own server the bare format.
            return _inflated(body, (zlib.MAX_WBITS, -zlib.MAX_WBITS), "deflate")
        case other:
            raise PushError(f"Content-Encoding `{other}` is not supported; send `snappy`, `gzip`, `deflate` or none")


def stream_labels(text: str) -> dict[str, str]:
    """`{a="b", c="d"}` as a map. Raises `PushError`."""
    reader, labels = Reader(text), dict[str, str]()
    try:
        reader.expect("{")
        while not reader.takes("}"):
            if labels:
                reader.expect(",")
            name = reader.name()
            reader.expect("=")
            if name in labels:
                raise PushError(f"stream labels `{text}`: label `{name}` stands twice")
            labels[name] = reader.quoted()
        if not reader.done():
            raise TextError(f"expected the end, found {reader.found()}", reader.at)
    except TextError as error:
        raise PushError(f"stream labels `{text}`: {error}") from None
    return labels


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _inflated(body: bytes, formats: tuple[int, ...], name: str) -> bytes:
    for bits in formats:
        inflater = zlib.decompressobj(bits)
        try:
            data = inflater.decompress(body, MAX_BODY + 1)
        except zlib.error:
            continue
        if len(data) > MAX_BODY:
            raise PushError(f"body is larger than {MAX_BODY} bytes after decompression")
        if inflater.eof:
            return data
    raise PushError(f"body is no {name} although Content-Encoding says so")


def _uncompressed(body: bytes) -> bytes:
    if _snappy_size(body) > MAX_BODY:
        raise PushError(f"body is larger than {MAX_BODY} bytes after decompression")
    try:
        return bytes(snappy.uncompress(body))
    except snappy.UncompressError:
        raise PushError(
            "body is no snappy block (protobuf comes as one; a JSON body needs Content-Type `application/json`)"
        ) from None


def _snappy_size(body: bytes) -> int:
    """The uncompressed size that a snappy block announces in its first bytes (a varint)."""
    size = 0
    for place, byte in enumerate(body[:5]):
        size |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return size
    raise PushError("body is no snappy block: it has no size")


def _from_protobuf(body: bytes) -> tuple[Stream, ...]:
    try:
        request: Any = PushRequest.FromString(body)
    except DecodeError:
        raise PushError("body is no `logproto.PushRequest`") from None
    return tuple(Stream(stream_labels(s.labels), tuple(map(_entry, s.entries)), s.labels) for s in request.streams)


def _entry(entry: Any) -> Entry:
    metadata = {_text(pair.name): _text(pair.value) for pair in entry.structured_metadata}
    return Entry(entry.timestamp.seconds * 10**9 + entry.timestamp.nanos, entry.line, metadata)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _from_json(body: bytes) -> tuple[Stream, ...]:
    try:
        request = _json_push.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PushError(f"body is no push request in JSON: {error}") from None
    return tuple(Stream(s.stream, tuple(map(_json_entry, s.values))) for s in request.streams)


def _json_entry(value: _Value) -> Entry:
    try:
        timestamp = int(value.timestamp)
    except ValueError:
        raise PushError(f"timestamp `{value.timestamp}` is no number of nanoseconds") from None
    return Entry(timestamp, value.line.encode("utf-8", "surrogatepass"), value.metadata)
