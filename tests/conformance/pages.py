"""The web server of a case: what components that fetch things find at `${WEB}`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Self

from aiohttp import web

from tests.conformance.case import Page

__all__ = ["Pages"]


class Pages:
    """The n-th request of a path and query gets the n-th body, the last one repeats; a body `!503` is that status."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages
        self._asked: Counter[str] = Counter()
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None), shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._runner.addresses[0][1]}"

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        page = self._pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        turn, self._asked[request.path_qs] = self._asked[request.path_qs], self._asked[request.path_qs] + 1
        body = page.bodies[min(turn, len(page.bodies) - 1)]
        if body.startswith("!"):
            return web.Response(status=int(body[1:]))
        return web.Response(body=body.encode(), headers={"Content-Type": page.content_type})
