"""Connections that are made with certificates as their files have them now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runtime.http import tls
from runtime.http.arguments import TLSConfig

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Sessions"]

_LOOK_SECONDS = 10.0
"""How often the certificate files are looked at."""


class Sessions:
    """A session of the HTTP library for one reading of the files, another one after they changed.

    A session ends with the last that uses it: one that is closed earlier never tells those who read from it.
    """

    def __init__(self, arguments: TLSConfig) -> None:
        self._arguments = arguments
        self._current: _Session | None = None
        self._stamp: tuple[int, ...] = ()
        self._looked = 0.0

    @asynccontextmanager
    async def use(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Raises `ComponentError` for files that cannot be used."""
        async with await self._fresh() as session:
            yield session

    async def close(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            await current.close()

    async def _fresh(self) -> _Session:
        if self._current is not None and time.monotonic() - self._looked < _LOOK_SECONDS:
            return self._current
        stamp = await asyncio.to_thread(tls.stamp, self._arguments)
        self._looked = time.monotonic()
        if stamp != self._stamp:
            await self.close()
        if self._current is None:
            self._current, self._stamp = _Session(_made(self._arguments)), stamp
        return self._current


class _Session:
    """Closed when that was asked for and nobody uses it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._users = 0
        self._wanted = True

    async def __aenter__(self) -> aiohttp.ClientSession:
        self._users += 1
        return self._session

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        await self._end()

    async def close(self) -> None:
        self._wanted = False
        await self._end()

    async def _end(self) -> None:
        if not self._wanted and not self._users:
            await self._session.close()


def _made(arguments: TLSConfig) -> aiohttp.ClientSession:
    import aiohttp  # noqa: PLC0415

    # Streams hold their connections, so their count must not keep others waiting; who sends much bounds itself.
    connector = aiohttp.TCPConnector(limit=0, ssl=True if arguments == TLSConfig() else tls.context(arguments))
    return aiohttp.ClientSession(
        connector=connector, skip_auto_headers=("User-Agent",), cookie_jar=aiohttp.DummyCookieJar()
    )
