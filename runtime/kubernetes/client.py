"""HTTP to one API server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runtime.http.arguments import ClientArguments
from runtime.http.client import HttpClient, HttpError, retry_after
from runtime.kubernetes.credentials import Access, Credentials
from runtime.kubernetes.refusal import Asked, no_answer, refusal
from runtime.kubernetes.source import ApiError

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Client"]

_EXCERPT = 4096


class Client:
    """Opens its connections with the first request, and closes them when the last request is over and nobody has it `open`."""

    def __init__(self, credentials: Credentials) -> None:
        self.server = ""
        """The URL of the server that was asked last; a kubeconfig may come to name another one."""
        self._credentials = credentials
        self._http: HttpClient | None = None
        self._arguments: ClientArguments | None = None
        self._users = 0
        self._refused: Access | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keeps connections between the requests inside the `with`."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                await self._close()

    @asynccontextmanager
    async def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        seconds: float | None = None,
        idle_seconds: float | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to a GET, 2xx and unread, within `seconds` and without a pause of `idle_seconds` (None: however long).
        Raises `ApiError`, also while the answer is read."""
        asked = Asked.of(path, query or {})
        async with self.open():
            access = await self._credentials.access(self._refused)
            self.server = access.server
            http = await self._client(access.client)
            headers = {"Authorization": access.authorization} if access.authorization else {}
            url = f"{access.server}{path}"
            try:
                async with http.stream(
                    "GET", url, query=query, headers=headers, seconds=seconds, idle_seconds=idle_seconds
                ) as answer:
                    if not 200 <= answer.status < 300:
                        if answer.status == 401:
                            self._refused = access
                        message = refusal(asked, answer.status, await answer.content.read(_EXCERPT), access.credentials)
                        raise ApiError(message, answer.status, retry_after(answer.headers.get("Retry-After")))
                    yield answer
            except HttpError as error:
                raise ApiError(no_answer(asked, access.server, error)) from error

    async def _client(self, arguments: ClientArguments) -> HttpClient:
        """One for as long as the way to the server stays the same."""
        if self._http is None or arguments != self._arguments:
            old, self._http, self._arguments = self._http, HttpClient(arguments), arguments
            if old is not None:
                await old.close()
        return self._http

    async def _close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await asyncio.shield(http.close())
