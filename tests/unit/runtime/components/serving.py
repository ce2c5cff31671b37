"""A real HTTP server on loopback, whose pages a test writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

__all__ = ["Pages", "serving"]


@dataclass
class Pages:
    """`answer` is what every request gets, `requests` are those that came, with their bodies."""

    url: str = ""
    status: int = 200
    text: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.text())
        self.requests.append(request)
        headers = {"Content-Type": self.content_type, **self.headers}
        return web.Response(status=self.status, body=self.text.encode(), headers=headers)


@asynccontextmanager
async def serving() -> AsyncIterator[Pages]:
    pages = Pages()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pages.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pages.url = f"http://127.0.0.1:{runner.addresses[0][1]}/page"
    yield pages
    await runner.cleanup()
