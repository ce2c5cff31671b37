"""An HTTPS server in a thread of its own, with the cluster's certificate, that can go away and come back on its port."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Self, TypeVar

from aiohttp import web

__all__ = ["Serving"]

_T = TypeVar("_T")
_CLOSING_SECONDS = 0.05
"""Zero would be for as long as a handler runs."""


class Serving:
    """Answers every request with `handler`, which runs in the thread. `clients_known`: only the CA's clients get in."""

    def __init__(
        self,
        folder: Path,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        clients_known: bool = False,
    ) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
        self._context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self._context.verify_mode = ssl.CERT_REQUIRED if clients_known else ssl.CERT_NONE
        self._handler = handler
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: web.Server | None = None
        self._runner: web.ServerRunner | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def up(self) -> None:
        self.run(self._up())

    def down(self) -> None:
        """Ends all connections and refuses new ones until `up`."""
        self.run(self._down())

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _up(self) -> None:
        self._server = web.Server(self._handler, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=_CLOSING_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._context).start()
        self.port = self._runner.addresses[0][1]

    async def _down(self) -> None:
        if self._runner is not None and self._server is not None:
            transports = [connection.transport for connection in self._server.connections]
            await self._runner.cleanup()
            self._runner = None
            # TLS would wait for the other side's good-bye.
            for transport in transports:
                if isinstance(transport, asyncio.Transport):
                    transport.abort()
            await asyncio.sleep(_CLOSING_SECONDS)
