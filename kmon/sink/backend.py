"""What the protocols of the sink share: the window, the faults, the counts, the file that records go to."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from aiohttp import web

from kmon.sink.faults import Faults
from kmon.sink.push import Push, PushError
from kmon.sink.window import Window

__all__ = ["Backend", "Counts", "log_records"]

_log = logging.getLogger("kmon.sink")


@dataclass(slots=True)
class Counts:
    """`requests` and `bytes` (as sent) count all deliveries, `records` what was taken, `rejected` malformed ones."""

    requests: int = 0
    bytes: int = 0
    records: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Backend:
    """`out` gets one JSON object a line for each record, before the delivery is answered.
    With `count_only` records are counted, not kept. `listeners` see what was taken."""

    window: Window = field(default_factory=Window)
    faults: Faults = field(default_factory=Faults)
    counts: Counts = field(default_factory=Counts)
    out: TextIO | None = None
    count_only: bool = False
    listeners: list[Callable[[Push], None]] = field(default_factory=list)

    def take(self, push: Push) -> None:
        if self.out is not None:
            self.out.writelines(json.dumps(record, sort_keys=True) + "\n" for record in log_records(push))
            self.out.flush()
        self.counts.records += push.entries
        self.window.add(push)
        for listener in self.listeners:
            listener(push)

    def delivery(self, serve: Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]) -> Any:
        """Handler of a path that takes deliveries: faults first, then `serve`; a `PushError` is answered by 400,
        by 503 that `out` takes no more."""

        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            self.counts.requests += 1
            self.counts.bytes += len(body)
            if self.faults.latency:
                await asyncio.sleep(self.faults.latency)
            match self.faults.judge():
                case "reset":
                    if request.transport is not None:
                        request.transport.abort()
                    return web.Response(status=500)
                case int(status):
                    return web.Response(status=status, text=f"the sink was told to answer {status}\n")
            try:
                return await serve(request, body)
            except OSError as error:
                _log.error("kmon sink: cannot write records: %s", error.strerror)
                return web.Response(status=503, text=f"cannot write records: {error.strerror}\n")
            except PushError as error:
                self.counts.rejected += 1
                return web.Response(status=400, text=f"{error}\n")

        return handle


def log_records(push: Push) -> Iterator[dict[str, Any]]:
    """Bytes that are not UTF-8 become lone surrogates (`surrogateescape`), so that nothing is lost."""
    for stream in push.streams:
        for entry in stream.entries:
            yield {
                "k": "log",
                "tenant": push.tenant,
                "labels": dict(stream.labels),
                "ts": entry.timestamp,
                "line": entry.line.decode("utf-8", "surrogateescape"),
                "meta": dict(entry.metadata),
            }
