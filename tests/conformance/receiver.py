"""The receiving end of a case: takes Loki pushes at any path and writes each record down as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web

from kmon.sink.backend import log_records
from kmon.sink.push import MAX_BODY, Push, PushError, decode_push
from tests.conformance.case import Case

__all__ = ["Receiver"]


class Receiver:
    """`records` grows while the case runs; a delivery refused as `sink_status` says gives a record of its own."""

    def __init__(self, case: Case) -> None:
        self.records: list[dict[str, Any]] = []
        self._case = case
        self._statuses = list(case.sink_status)
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._runner.addresses[0][1]}"

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self._statuses:
            status = self._statuses.pop(0)
            self.records.append({"k": "refused", "path": request.path, "status": status})
            return web.Response(status=status)
        if not request.path.endswith("/loki/api/v1/push"):
            return web.Response(status=404)
        headers = request.headers
        kind, encoding = headers.get("Content-Type", ""), headers.get("Content-Encoding", "")
        try:
            push = decode_push(body, kind, encoding, headers.get("X-Scope-OrgID", ""))
        except PushError as error:
            # Shows up in the comparison: no case expects it.
            self.records.append({"k": "malformed", "path": request.path, "reason": str(error)})
            return web.Response(status=400, text=str(error))
        noted = _noted(self._case.headers, request)
        for stream in push.streams:
            seen = _captured(self._case.capture, request, stream.text)
            self.records += [{**record, **seen, **noted} for record in log_records(Push(push.tenant, (stream,)))]
        return web.Response(status=204)


def _captured(capture: list[str], request: web.Request, text: str) -> Mapping[str, Any]:
    seen: dict[str, Any] = {}
    for name in capture:
        match name:
            case "path":
                seen["path"] = request.path
            case "stream":
                seen["stream"] = text
            case _:
                seen.setdefault("headers", {})[name] = request.headers.get(name)
    return seen


def _noted(names: list[str], request: web.Request) -> Mapping[str, Any]:
    if not names:
        return {}
    values = {name.lower(): ", ".join(request.headers.getall(name)) for name in names if name in request.headers}
    return {"req": {"path": request.path, **values}}
