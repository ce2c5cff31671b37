"""Bodies of Loki's push API to streams of entries (Loki's HTTP API, "Ingest logs"): protobuf in the snappy block format,
or JSON; either may carry a Content-Encoding on top.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import snappy
from google.protobuf.message import DecodeError

from runtime.text.reader import Reader, TextError
from runtime.wire.loki import PushRequest

__all__ = [
    "Entry",
    "PushError",
    "PushTooLargeError",
    "Stream",
    "decode_json",
    "decode_protobuf",
    "inflated",
    "is_json",
    "message",
    "stream_labels",
]

_INT64 = range(-(1 << 63), 1 << 63)


class PushError(ValueError):
    """A push that cannot be read; the text is one line and says why."""


class PushTooLargeError(PushError):
    """A push of more bytes than are taken."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"body is larger than {limit} bytes after decompression")


@dataclass(frozen=True, slots=True)
class Entry:
    """`timestamp` in nanoseconds since 1970, in 64 bits. `line` stays bytes: it need not be UTF-8."""

    timestamp: int
    line: bytes
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stream:
    """`text` is the label set as it was sent (empty for JSON)."""

    labels: Mapping[str, str]
    entries: tuple[Entry, ...]
    text: str = ""


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


def is_json(content_type: str) -> bool:
    """Whether the header announces JSON; everything else is protobuf."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def message(body: bytes, content_type: str, encoding: str, limit: int) -> bytes:
    """The JSON text or the protobuf message, of at most `limit` bytes. Arguments are the request's headers, "" where
    absent. Raises `PushError`."""
    if encoding.strip().lower() != "snappy":
        body = inflated(body, encoding, limit)
    return body if is_json(content_type) else _uncompressed(body, limit)


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """`body` without its Content-Encoding, of at most `limit` bytes. Raises `PushError`."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip":
            return _inflated(body, (16 + zlib.MAX_WBITS,), "gzip", limit)
        case "deflate":
            # HTTP means zlib by it, Loki's own server the bare format.
            return _inflated(body, (zlib.MAX_WBITS, -zlib.MAX_WBITS), "deflate", limit)
        case other:
            raise PushError(f"Content-Encoding `{other}` is not supported; send `snappy`, `gzip`, `deflate` or none")


def decode_protobuf(data: bytes) -> tuple[list[Stream], list[PushError]]:
    """The streams of a `logproto.PushRequest` that can be read, and why the others cannot. Raises `PushError` where
    nothing can."""
    try:
        request: Any = PushRequest.FromString(data)
    except DecodeError:
        raise PushError("body is no `logproto.PushRequest`") from None
    streams, faults = [], []
    for stream in request.streams:
        try:
            streams.append(
                Stream(stream_labels(stream.labels), tuple(map(_entry, stream.entries)), stream.labels),
            )
        except PushError as error:
            faults.append(error)
    return streams, faults


def decode_json(data: bytes) -> tuple[list[Stream], list[PushError]]:
    """The same for JSON."""
    try:
        request = _json_push.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PushError(f"body is no push request in JSON: {error}") from None
    streams, faults = [], []
    for stream in request.streams:
        try:
            streams.append(Stream(stream.stream, tuple(map(_json_entry, stream.values))))
        except PushError as error:
            faults.append(error)
    return streams, faults


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


def _inflated(body: bytes, formats: tuple[int, ...], name: str, limit: int) -> bytes:
    for bits in formats:
        inflater = zlib.decompressobj(bits)
        try:
            data = inflater.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(data) > limit:
            raise PushTooLargeError(limit)
        if inflater.eof:
            return data
    raise PushError(f"body is no {name} although Content-Encoding says so")


def _uncompressed(body: bytes, limit: int) -> bytes:
    if _snappy_size(body) > limit:
        raise PushTooLargeError(limit)
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


def _entry(entry: Any) -> Entry:
    metadata = {_text(pair.name): _text(pair.value) for pair in entry.structured_metadata}
    return Entry(_in_range(entry.timestamp.seconds * 10**9 + entry.timestamp.nanos), entry.line, metadata)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _json_entry(value: _Value) -> Entry:
    try:
        timestamp = int(value.timestamp)
    except ValueError:
        raise PushError(f"timestamp `{value.timestamp}` is no number of nanoseconds") from None
    return Entry(_in_range(timestamp), value.line.encode("utf-8", "surrogatepass"), value.metadata)


def _in_range(timestamp: int) -> int:
    if timestamp not in _INT64:
        raise PushError(f"timestamp `{timestamp}` is no number of nanoseconds in 64 bits")
    return timestamp
