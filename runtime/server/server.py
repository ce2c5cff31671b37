"""The HTTP server of `kmon run`: Alloy's paths, so that probes and dashboards stay as they are."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from compiler.diagnostics import DiagnosticError
from compiler.reporting import text_report
from runtime.component import HealthState, Services
from runtime.engine import Engine, EngineStoppedError
from runtime.server.api import component_json, components_json
from runtime.server.exposition import CONTENT_TYPE, exposition
from runtime.server.metrics import ProcessMetrics, families
from runtime.server.page import Page, PageError

__all__ = ["Server"]

_log = logging.getLogger("kmon.server")


class Server:
    """Listens on `host:port` while its context is open; port 0 takes a free one, `address` says which. Raises
    `OSError`.
    """

    def __init__(self, engine: Engine, services: Services, host: str, port: int) -> None:
        self._engine = engine
        self._services = services
        self._host = host
        self._port = port
        self._process = ProcessMetrics(services.version)
        self._runner = web.AppRunner(self._application(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
        self.address = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        host, port = self._runner.addresses[0][:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        _log.info("now listening for http traffic", extra={"fields": {"addr": self.address}})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/-/ready", self._ready),
                web.get("/-/healthy", self._healthy),
                web.get("/-/reload", self._reload),
                web.post("/-/reload", self._reload),
                web.get("/metrics", self._metrics),
                web.get("/api/v0/web/components", self._components),
                web.get("/api/v0/web/components/{id:.+}", self._component),
                web.get("/api/v0/web/modules/{id:.+}/components", self._components),
                web.route("*", "/api/v0/component/{id:.+}", _no_handler),
                web.route("*", "/{path:.*}", _not_found),
            ]
        )
        return application

    async def _ready(self, _request: web.Request) -> web.Response:
        if self._engine.ready:
            return web.Response(text="Alloy is ready.\n")
        return web.Response(status=503, text="Alloy is not ready.\n")

    async def _healthy(self, _request: web.Request) -> web.Response:
        components = (i for i in self._engine.root.instances.values() if i.is_component)
        unhealthy = [i.node.type for i in components if i.health.state == HealthState.UNHEALTHY]
        if unhealthy:
            return web.Response(status=500, text=f"unhealthy components: {', '.join(unhealthy)}\n")
        return web.Response(text="All Alloy components are healthy.\n")

    async def _reload(self, _request: web.Request) -> web.Response:
        try:
            await self._engine.reload()
        except DiagnosticError as error:
            return web.Response(status=400, text=text_report(error.diagnostics.errors))
        except EngineStoppedError as error:
            return web.Response(status=503, text=f"{error}\n")
        return web.Response(text="config reloaded\n")

    async def _metrics(self, _request: web.Request) -> web.Response:
        text = exposition(families(self._process, self._engine, self._services.ledger))
        # Label values may be file names, and those need not be UTF-8.
        return web.Response(body=text.encode("utf-8", "replace"), headers={"Content-Type": CONTENT_TYPE})

    async def _components(self, request: web.Request) -> web.Response:
        return _json(components_json(self._engine, request.match_info.get("id", "")))

    async def _component(self, request: web.Request) -> web.Response:
        try:
            page = Page.of(request.query)
        except PageError as error:
            return web.Response(status=400, text=f"{error}\n")
        found = component_json(self._engine, request.match_info["id"], page)
        return await _not_found(request) if found is None else _json(found)


def _json(value: Mapping[str, object] | list[dict[str, object]]) -> web.Response:
    return web.json_response(value)


async def _not_found(_request: web.Request) -> web.Response:
    return web.Response(status=404, text="404 page not found\n")


async def _no_handler(request: web.Request) -> web.Response:
    return web.Response(status=400, text=f"component `{request.match_info['id']}` has no HTTP handler\n")
