"""A proxy before the API server that misbehaves on request, and notes down what was asked for."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp
from aiohttp import web

from tests.e2e.cluster.server import ApiServer
from tests.e2e.cluster.serving import Serving

__all__ = ["Asked", "Fault", "Proxy"]

_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "content-encoding",
    "host",
    "accept-encoding",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    query: Mapping[str, str]

    @property
    def watches(self) -> bool:
        return self.query.get("watch", "") in ("1", "true", "True")


@dataclass(slots=True)
class Fault:
    """What requests for which `when` holds meet, `times` times: a status with its headers; 0 cuts the connection; `hang`
    never answers."""

    status: int = 500
    when: Callable[[Asked], bool] = lambda _asked: True
    times: int = 1 << 30
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False


class Proxy:
    """Reached at `url`, with the same CA and tokens as the server itself. `faults` may be changed at any time."""

    def __init__(self, server: ApiServer) -> None:
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self._server = server
        self._serving = Serving(Path(server.folder), self._answer)
        self._streams: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def __enter__(self) -> Self:
        self._serving.__enter__()
        self._serving.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.run(self._close())
        self._serving.__exit__()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._serving.port}"

    def down(self) -> None:
        """Nobody listens any more."""
        self._serving.down()

    def up(self) -> None:
        self._serving.up()

    @property
    def open_watches(self) -> int:
        return len(self._streams)

    def close_watches(self) -> int:
        """Ends the open watches in order, as a server does after some minutes; how many there were."""
        return self._serving.run(self._close_watches())

    async def _open(self) -> None:
        context = ssl.create_default_context(cafile=str(self._server.ca))
        connector = aiohttp.TCPConnector(ssl=context, limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False, skip_auto_headers=("Accept-Encoding",)
        )

    async def _close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _close_watches(self) -> int:
        open_now = list(self._streams)
        for stream in open_now:
            stream.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        return len(open_now)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Asked(request.method, request.path, dict(request.query))
        self.asked.append(asked)
        for fault in self.faults:
            if fault.times > 0 and fault.when(asked):
                fault.times -= 1
                return await _failed(request, fault)
        return await self._forward(request, asked)

    async def _forward(self, request: web.BaseRequest, asked: Asked) -> web.StreamResponse:
        assert self._session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        url, body = f"{self._server.url}{request.raw_path}", await request.read()
        try:
            async with self._session.request(request.method, url, headers=headers, data=body or None) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
                response = web.StreamResponse(status=answer.status, headers=kept)
                response.enable_chunked_encoding()
                await response.prepare(request)
                passing = asyncio.create_task(_pass_on(answer, response))
                if asked.watches:
                    self._streams.add(passing)
                try:
                    await asyncio.wait([passing])
                finally:
                    self._streams.discard(passing)
                    passing.cancel()
                if not passing.cancelled() and passing.exception() is not None:
                    _cut(request)
                return response
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=str(error))


async def _pass_on(answer: aiohttp.ClientResponse, response: web.StreamResponse) -> None:
    async for chunk in answer.content.iter_any():
        await response.write(chunk)


async def _failed(request: web.BaseRequest, fault: Fault) -> web.Response:
    if fault.hang:
        await asyncio.sleep(3600)
    if fault.status == 0:
        _cut(request)
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": fault.status, "message": "as told"}
    text = json.dumps(status)
    return web.Response(status=fault.status or 500, text=text, headers=fault.headers, content_type="application/json")


def _cut(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()
