"""The sink as a server: every protocol's routes on one port, for a command line or inside another process."""

from __future__ import annotations

from typing import Self

from aiohttp import web

from kmon.sink import loki, page
from kmon.sink.backend import Backend
from kmon.sink.push import MAX_BODY

__all__ = ["Server"]

_PROTOCOLS = (loki.routes,)


class Server:
    """`async with Server(backend) as server: … server.url`. Raises `OSError` where the address cannot be had."""

    def __init__(self, backend: Backend, host: str = "127.0.0.1", port: int = 0) -> None:
        self.backend = backend
        self._host, self._port = host, port
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/stats", self._stats)
        app.router.add_routes(page.routes(backend))
        for routes in _PROTOCOLS:
            app.router.add_routes(routes(backend))
        # Bodies are unpacked by who reads them: a limit on what comes out belongs there.
        self._runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=1.0)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(text="ready\n")

    async def _stats(self, _: web.Request) -> web.Response:
        counts, window, faults = self.backend.counts, self.backend.window, self.backend.faults
        return web.json_response(
            {
                "requests": counts.requests,
                "bytes": counts.bytes,
                "records": counts.records,
                "rejected": counts.rejected,
                "faults": dict(faults.counts),
                "window": {
                    "streams": len(window.streams),
                    "entries": len(window),
                    "bytes": window.bytes,
                    "forgotten": window.forgotten,
                },
            }
        )
