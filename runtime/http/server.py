"""The HTTP server of components that receive."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from aiohttp import ClientPayloadError, web
from aiohttp.http import HttpProcessingError

from compiler.evaluate.types import Duration
from runtime.backoff import Backoff
from runtime.component import ComponentError, HealthState, Options
from runtime.http.server_metrics import ServerMetrics
from runtime.http.server_tls import ServerTLS, files_of, server_context, validate_server_tls
from runtime.http.tls import file_stamp
from runtime.pause import happens

__all__ = ["BodyError", "BodyTooLargeError", "HTTPServer", "Handler", "ServerArguments", "validate_server"]

Handler = Callable[[web.Request], Awaitable[web.Response]]

_PORTS = range(1 << 16)
_RETRY = Backoff(first=0.5, longest=10.0)
_LOOK_SECONDS = 30.0
"""How often certificates are looked at."""
_FOREVER_SECONDS = 10.0 * 365 * 86400
_CUT_OFF_SECONDS = 1.0
"""How long those may take to go that are told to."""


class BodyError(ValueError):
    """A body that cannot be read; the text is one line and says why."""


class BodyTooLargeError(BodyError):
    """A body of more bytes than are taken."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"body is larger than {limit} bytes")


class ServerArguments(msgspec.Struct, frozen=True, kw_only=True):
    """An `http` block. An empty address stands for all, port 0 for any free one; a timeout of 0 for none."""

    listen_address: str = ""
    listen_port: int = 8080
    server_read_timeout: Duration = Duration.parse("30s")
    server_write_timeout: Duration = Duration.parse("30s")
    server_idle_timeout: Duration = Duration.parse("2m")
    tls: ServerTLS | None = None


def validate_server(arguments: ServerArguments, block: str) -> None:
    """Raises `ComponentError`."""
    if arguments.listen_port not in _PORTS:
        raise ComponentError(f"`{arguments.listen_port}` is no port, use one up to 65535", f"{block}.listen_port")
    for name in ("server_read_timeout", "server_write_timeout", "server_idle_timeout"):
        if getattr(arguments, name) < 0:
            raise ComponentError(f"`{name}` must not be negative", f"{block}.{name}")
    if arguments.tls is not None:
        validate_server_tls(arguments.tls, f"{block}.tls")


class HTTPServer:
    """Serves `routes` (by method and path) for a component, as long as `run` works.

    An address that cannot be had is the component's health, and tried again. Certificates that were replaced are taken up
    by listening anew. `server_write_timeout` bounds how long a handler may take; when it has passed, or the server stops, the
    client is answered 503: it may send again. A handler learns of it as a cancellation.
    """

    def __init__(
        self, options: Options, arguments: ServerArguments, routes: Mapping[tuple[str, str], Handler], namespace: str
    ) -> None:
        self.arguments = arguments
        self._options = options
        self._routes = routes
        self._metrics = ServerMetrics(options.metrics, namespace, lambda: self._connections)
        self._runner: web.AppRunner | None = None
        self._deadlines: set[asyncio.Timeout] = set()
        self._again, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._closing = self._stopping = False
        self._stamp: tuple[int, ...] = ()
        self.address = ""
        """`host:port` while it listens."""

    async def run(self, patience: Callable[[], float]) -> None:
        """`patience` is how many seconds those who wait are given when the address changes."""
        try:
            while True:
                self._again.clear()
                await self._listen()
                while not await happens(self._again, _LOOK_SECONDS):
                    if await asyncio.to_thread(self._has_new_certificates):
                        break
                await self._close(patience())
                await self._cut_off()
        finally:
            await self._cut_off()

    def update(self, arguments: ServerArguments) -> None:
        if _place(arguments) != _place(self.arguments):
            self._again.set()
        self.arguments = arguments

    async def stop(self, patience: float) -> None:
        """Takes nothing new for the rest of its life; those who wait are given `patience` seconds."""
        self._stopping = True
        await self._close(patience)

    async def body(self, request: web.Request, limit: int) -> bytes:
        """The body as it was sent, which the request does not keep. Raises `TimeoutError` when it does not come in time, and
        `BodyError`."""
        size = 0
        parts = []
        async with asyncio.timeout(self.arguments.server_read_timeout.seconds or None):
            try:
                async for part in request.content.iter_any():
                    size += len(part)
                    if size > limit:
                        raise BodyTooLargeError(limit)
                    parts.append(part)
            except (ConnectionError, ClientPayloadError):
                raise BodyError("body breaks off") from None
        return b"".join(parts)

    async def _close(self, patience: float) -> None:
        self._closing = True
        for site in self._runner.sites if self._runner is not None else ():
            await site.stop()
        await happens(self._idle, patience)

    # Listening

    async def _listen(self) -> None:
        """Until it listens."""
        delays, before = _RETRY.delays(), ""
        while problem := await self._try():
            self._options.set_health(HealthState.UNHEALTHY, problem)
            if problem != before:
                self._options.logger.warning(problem)
            before = problem
            await happens(self._again, next(delays))
            self._again.clear()
        self._options.set_health(HealthState.HEALTHY, f"listening on {self.address}")

    def _has_new_certificates(self) -> bool:
        """Whether there are others than those it listens with, and they can be used."""
        tls = self.arguments.tls
        if tls is None or file_stamp(*files_of(tls)) == self._stamp:
            return False
        try:
            server_context(tls)
        except ComponentError as error:
            self._options.logger.warning("new certificates cannot be used", extra={"fields": {"err": str(error)}})
            return False
        return True

    async def _try(self) -> str:
        """Why it cannot listen; empty when it does."""
        arguments = self.arguments
        try:
            self._stamp = () if arguments.tls is None else file_stamp(*files_of(arguments.tls))
            context = None if arguments.tls is None else server_context(arguments.tls)
        except ComponentError as error:
            return str(error)
        runner = self._new_runner(arguments)
        await runner.setup()
        try:
            host = arguments.listen_address or None
            await web.TCPSite(runner, host, arguments.listen_port, ssl_context=context).start()
        except OSError as error:
            await runner.cleanup()
            return f"cannot listen on `{_text(arguments)}`: {_reason(error)}"
        except BaseException:
            await runner.cleanup()
            raise
        bound, port = runner.addresses[0][:2]
        self.address = f"[{bound}]:{port}" if ":" in bound else f"{bound}:{port}"
        self._runner, self._closing = runner, self._stopping
        return ""

    def _new_runner(self, arguments: ServerArguments) -> web.AppRunner:
        application = web.Application()
        for (method, path), handler in self._routes.items():
            application.router.add_route(method, path, self._served(handler, path))
        return web.AppRunner(
            application,
            access_log=None,
            logger=_Log(self._options.logger),
            handle_signals=False,
            # A limit on what comes out belongs to who reads the body.
            auto_decompress=False,
            keepalive_timeout=arguments.server_idle_timeout.seconds or _FOREVER_SECONDS,
            shutdown_timeout=_CUT_OFF_SECONDS,
        )

    async def _cut_off(self) -> None:
        """Who still waits is answered now."""
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            deadline.reschedule(now)
        runner, self._runner, self.address = self._runner, None, ""
        if runner is not None:
            await runner.cleanup()

    @property
    def _connections(self) -> int:
        server = self._runner.server if self._runner is not None else None
        return len(server.connections) if server is not None else 0

    # Serving

    def _served(self, handler: Handler, path: str) -> Handler:
        async def serve(request: web.Request) -> web.Response:
            began = time.perf_counter()
            with self._metrics.inflight(request.method, path):
                response = await self._answer(handler, request)
            if self._closing:
                response.force_close()
            self._metrics.observe(request, path, response, time.perf_counter() - began)
            return response

        return serve

    async def _answer(self, handler: Handler, request: web.Request) -> web.Response:
        if self._closing:
            return web.Response(status=503, text="the server is stopping, send again\n")
        deadline = asyncio.timeout(self.arguments.server_write_timeout.seconds or None)
        try:
            async with deadline:
                self._deadlines.add(deadline)
                self._idle.clear()
                return await handler(request)
        except TimeoutError:
            return web.Response(status=503, text="not accepted in time, send again\n")
        finally:
            self._deadlines.discard(deadline)
            if not self._deadlines:
                self._idle.set()


class _Log(logging.LoggerAdapter[logging.Logger]):
    """What a stranger sends that is no HTTP is no fault of this process: it is answered, and nobody is alarmed."""

    def exception(self, msg: object, *args: Any, **keywords: Any) -> None:
        if isinstance(keywords.get("exc_info"), HttpProcessingError):
            self.debug(msg, *args, **keywords)
        else:
            super().exception(msg, *args, **keywords)


def _place(arguments: ServerArguments) -> tuple[object, ...]:
    """What a server that listens cannot change."""
    return arguments.listen_address, arguments.listen_port, arguments.server_idle_timeout, arguments.tls


def _text(arguments: ServerArguments) -> str:
    host = arguments.listen_address
    return f"[{host}]:{arguments.listen_port}" if ":" in host else f"{host}:{arguments.listen_port}"


def _reason(error: OSError) -> str:
    """asyncio puts a sentence of its own around what the system says."""
    reason = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
    return (reason or str(error)).lower()
