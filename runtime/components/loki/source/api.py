"""loki.source.api"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import msgspec
import numpy as np
from aiohttp import web

from compiler.evaluate.types import ByteSize, Duration
from runtime.component import Component, ComponentError, Options
from runtime.components.loki.source._push_batch import lines_batch, push_batch, raw_lines
from runtime.http.server import BodyError, BodyTooLargeError, HTTPServer, ServerArguments, validate_server
from runtime.registry import component
from runtime.relabel import Rules
from runtime.room import Room, Share
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import fan_out
from runtime.wire.loki_decode import (
    PushError,
    PushTooLargeError,
    decode_json,
    decode_protobuf,
    inflated,
    is_json,
    message,
)

_TENANT, _TENANT_LABEL = "X-Scope-OrgID", "__tenant_id__"
_BODIES = 32 << 20
"""Bytes of bodies that are being read."""
_BATCHES = 32 << 20
"""Bytes of unpacked requests that are on their way through the pipeline."""
_NO_RULES = Rules(())


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    forward_to: list[LogsReceiver | None]
    http: ServerArguments = ServerArguments()
    labels: dict[str, str] = {}
    relabel_rules: Rules | None = None
    use_incoming_timestamp: bool = False
    max_send_message_size: ByteSize = ByteSize.parse("100MiB")
    graceful_shutdown_timeout: Duration = Duration.parse("30s")


Unpack = Callable[[bytes, Mapping[str, str], int], bytes]
"""A body and its headers to what was packed, of at most so many bytes. Raises `PushError`."""
Read = Callable[[bytes, Mapping[str, str], Delivery], tuple[LogBatch, Sequence[PushError]]]
"""What was unpacked to a batch, and what of it could not be read. Raises `PushError`."""


@component(
    "loki.source.api",
    arguments=Arguments,
    unsupported=frozenset({"grpc", "http.conn_limit", "http.http2", "http.tls.cipher_suites"}),
)
class Api(Component[Arguments]):
    """Takes entries by Loki's push API (`/loki/api/v1/push`: protobuf or JSON) and plain lines (`/loki/api/v1/raw`), and forwards
    them; both also without `/loki`. `/ready` answers `ready`.

    A push's labels are those of its streams, `labels` over them, and what `relabel_rules` make of both; `X-Scope-OrgID` is
    the tenant. Plain lines have `labels` alone, and the time of their arrival.

    A client is answered when every destination owns what it sent. Where that takes longer than
    `http.server_write_timeout` it is answered 503, and so are those who wait when the component stops: they send again. Bodies
    are read, and unpacked, when there is room in memory for them.

    Differs from Alloy: an answer 204 there means that the pipeline has taken the entries, not that a destination owns
    them. Entries of one push have times a nanosecond apart, where they do not bring their own.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        _check(arguments)
        routes = {("GET", "/ready"): self._ready}
        for prefix in ("/loki", ""):
            routes["POST", f"{prefix}/api/v1/push"] = partial(self._serve, _unpack_push, self._read_push)
            routes["POST", f"{prefix}/api/v1/raw"] = partial(self._serve, _unpack_raw, self._read_raw)
        self._server = HTTPServer(options, arguments.http, routes, "loki_source_api")
        self._account = options.services.ledger.account(options.id)
        self._bodies, self._batches = Room(_BODIES), Room(_BATCHES)
        self._unpacking = asyncio.Lock()
        self._stamp = 0

    async def run(self) -> None:
        await self._server.run(self._patience)

    async def update(self, arguments: Arguments) -> None:
        _check(arguments)
        self.arguments = arguments
        self._server.update(arguments.http)

    async def drain(self) -> None:
        await self._server.stop(self._patience())

    def _patience(self) -> float:
        return self.arguments.graceful_shutdown_timeout.seconds

    def debug_info(self) -> dict[str, object]:
        return {"address": self._server.address}

    # Requests

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(text="ready")

    async def _serve(self, unpack: Unpack, read: Read, request: web.Request) -> web.Response:
        try:
            faults = await self._take(unpack, read, request)
        except (PushTooLargeError, BodyTooLargeError) as error:
            return web.Response(status=413, text=f"{error}\n")
        except (PushError, BodyError) as error:
            return web.Response(status=400, text=f"{error}\n")
        if faults:
            return web.Response(status=400, text="".join(f"{fault}\n" for fault in faults))
        return web.Response(status=204)

    async def _take(self, unpack: Unpack, read: Read, request: web.Request) -> Sequence[PushError]:
        """Returns, when every destination owns what could be read, what could not."""
        share, data = await self._unpacked(unpack, request)
        owned = asyncio.Event()
        try:
            batch, faults = read(data, request.headers, Delivery([owned.set], share.leave))
            del data
            await fan_out(batch, lambda: self.arguments.forward_to, self._account, self.options.logger)
        except BaseException:
            share.leave()
            raise
        del batch
        await owned.wait()
        return faults

    async def _unpacked(self, unpack: Unpack, request: web.Request) -> tuple[Share, bytes]:
        """The content of a request, and its share of the room for what is on its way. A body is gone when this returns, and
        only one at a time waits unpacked."""
        limit = int(self.arguments.max_send_message_size)
        size = limit if request.content_length is None else request.content_length
        if size > limit:
            raise BodyTooLargeError(limit)
        body_share = await self._bodies.enter(size)
        try:
            body = await self._server.body(request, limit)
            async with self._unpacking:
                data = unpack(body, request.headers, limit)
                return await self._batches.enter(len(data)), data
        finally:
            body_share.leave()

    def _read_push(
        self, data: bytes, headers: Mapping[str, str], delivery: Delivery
    ) -> tuple[LogBatch, Sequence[PushError]]:
        streams, faults = (decode_json if is_json(_kind(headers)) else decode_protobuf)(data)
        labelled = [(self._labels(stream.labels, headers.get(_TENANT, "")), stream.entries) for stream in streams]
        batch = push_batch([(labels, entries) for labels, entries in labelled if labels is not None], delivery)
        dropped = sum(len(entries) for labels, entries in labelled if labels is None)
        self._account.take(len(batch) + dropped)
        self._account.drop(dropped, "relabel")
        return batch if self.arguments.use_incoming_timestamp else self._stamped(batch), faults

    def _read_raw(self, data: bytes, _: Mapping[str, str], delivery: Delivery) -> tuple[LogBatch, Sequence[PushError]]:
        batch = lines_batch(Labels(self.arguments.labels), raw_lines(data), delivery)
        self._account.take(len(batch))
        return self._stamped(batch), ()

    def _labels(self, labels: Mapping[str, str], tenant: str) -> Labels | None:
        """What becomes of a stream's labels; None when a rule drops them or none is left."""
        rules = (self.arguments.relabel_rules or _NO_RULES).for_records
        changed = rules.apply({**labels, **self.arguments.labels})
        if not changed:
            return None
        kept = {name: value for name, value in changed.items() if not name.startswith("__")}
        return Labels({**kept, _TENANT_LABEL: tenant} if tenant else kept)

    def _stamped(self, batch: LogBatch) -> LogBatch:
        """The time is now, and later from entry to entry: a destination takes equal lines of equal times for one."""
        begin = max(time.time_ns(), self._stamp)
        self._stamp = begin + len(batch)
        return replace(batch, timestamp=np.arange(begin, self._stamp, dtype=np.int64))


def _unpack_push(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    return message(body, _kind(headers), headers.get("Content-Encoding", ""), limit)


def _unpack_raw(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    return inflated(body, headers.get("Content-Encoding", ""), limit)


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "")


def _check(arguments: Arguments) -> None:
    """Raises `ComponentError`."""
    validate_server(arguments.http, "http")
    if arguments.max_send_message_size <= 0:
        raise ComponentError("`max_send_message_size` must be above 0", "max_send_message_size")
    if arguments.graceful_shutdown_timeout < 0:
        raise ComponentError("`graceful_shutdown_timeout` must not be negative", "graceful_shutdown_timeout")
