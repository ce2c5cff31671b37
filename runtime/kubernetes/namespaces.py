"""Namespaces that do not exist: of such a one the API server gives empty lists."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from runtime.kubernetes.objects import Namespace
from runtime.kubernetes.source import ApiError

if TYPE_CHECKING:
    import aiohttp

__all__ = ["may_exist"]


async def may_exist(
    request: Callable[[str], AbstractAsyncContextManager[aiohttp.ClientResponse]], namespace: str
) -> bool:
    """False when there is no such namespace. Who may not ask for it does not know."""
    try:
        async with request(Namespace.resource.path(name=namespace)):
            return True
    except ApiError as error:
        return error.status != 404
