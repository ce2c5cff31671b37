"""The page at `/`: streams with their counts and rates, and the newest lines. One file without outer resources."""

from __future__ import annotations

import time
from importlib import resources
from typing import Any

from aiohttp import web

from kmon.sink.backend import Backend
from kmon.sink.window import Kept

__all__ = ["routes"]

_LINES = 200
_LINES_READ = 5000
_LINE_TEXT = 4000
_STREAMS = 500


def routes(backend: Backend) -> list[web.RouteDef]:
    html = resources.files(__name__).joinpath("index.html").read_text("utf-8")

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": _POLICY})

    async def live(request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        return web.json_response(_live(backend, int(after) if after.isascii() and after.isdigit() else 0))

    return [web.get("/", index), web.get("/api/live", live)]


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"


def _live(backend: Backend, after: int) -> dict[str, Any]:
    """`clock` is in seconds and only good for differences: rates are made of two answers."""
    window, counts = backend.window, backend.counts
    streams = sorted(window.streams, key=lambda stream: stream.entries, reverse=True)
    return {
        "clock": time.monotonic(),
        "records": counts.records,
        "bytes": counts.bytes,
        "requests": counts.requests,
        "rejected": counts.rejected,
        "faults": dict(backend.faults.counts),
        "countOnly": backend.count_only,
        "window": {
            "entries": len(window),
            "bytes": window.bytes,
            "forgotten": window.forgotten,
            "limit": window.max_entries,
        },
        "streamCount": len(streams),
        "streams": [
            {
                "tenant": s.tenant,
                "labels": {_shown(k): _shown(v) for k, v in sorted(s.labels.items())},
                "entries": s.entries,
                "bytes": s.bytes,
            }
            for s in streams[:_STREAMS]
        ],
        "last": window.arrived,
        "lines": [_line(kept) for kept in _newest(backend, after)],
    }


def _newest(backend: Backend, after: int) -> list[Kept]:
    """By time, not by arrival: a delivery holds stream after stream."""
    return sorted(backend.window.newest(after, _LINES_READ), key=lambda kept: kept.entry.timestamp)[-_LINES:]


def _line(kept: Kept) -> dict[str, Any]:
    text = kept.entry.line.decode("utf-8", "replace")
    return {
        "number": kept.number,
        "tenant": kept.stream.tenant,
        "labels": {_shown(k): _shown(v) for k, v in sorted(kept.stream.labels.items())},
        "ts": str(kept.entry.timestamp),
        "line": text[:_LINE_TEXT],
        "cut": max(0, len(text) - _LINE_TEXT),
        "meta": {_shown(k): _shown(v) for k, v in kept.entry.metadata.items()},
    }


def _shown(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
