"""A list of objects, a page at a time: a large cluster's does not fit into the memory that a process should have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import msgspec

from runtime.kubernetes.refusal import Asked
from runtime.kubernetes.source import ApiError

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Page", "Version", "pages"]

PAGE = 500


class Version(msgspec.Struct):
    """Of a list, an object or a bookmark; `next_page` is there while a list goes on."""

    resource_version: str = msgspec.field(default="", name="resourceVersion")
    next_page: str = msgspec.field(default="", name="continue")


class Page(msgspec.Struct):
    metadata: Version
    items: list[msgspec.Raw] | None = None


async def pages(
    request: Callable[[str, Mapping[str, str]], AbstractAsyncContextManager[aiohttp.ClientResponse]],
    path: str,
    query: Mapping[str, str],
    *,
    limited: bool = True,
) -> AsyncIterator[Page]:
    """All pages, or with `limited` unset everything as one. The next page is on its way while one is taken over. Raises
    `ApiError`, with status 410 when the server does not know any more what belongs to the next page."""

    async def read(following: str) -> Page:
        paging = {"limit": str(PAGE)} if limited else {}
        asked = {**query, **paging, **({"continue": following} if following else {})}
        async with request(path, asked) as answer:
            content = await answer.read()
        try:
            return msgspec.json.decode(content, type=Page)
        except msgspec.DecodeError as error:
            raise ApiError(f"cannot {Asked.of(path, asked)}: the answer is no list of objects: {error}") from None

    coming = asyncio.create_task(read(""))
    try:
        while True:
            page = await coming
            following = page.metadata.next_page
            if following:
                coming = asyncio.create_task(read(following))
                await asyncio.sleep(0)  # the request goes out
            yield page
            if not following:
                return
    finally:
        if not coming.cancel() and not coming.cancelled():
            coming.exception()  # known to the caller, or nobody asks any more
