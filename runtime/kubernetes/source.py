"""Where components read Kubernetes objects: one interface, behind it the API server's informers or an inventory of recorded objects.

source = options.services.kubernetes.connect(arguments.client, "client")  # in `__init__`: refuses what cannot be a connection
async with aclosing(source.watch(Selector(), Pod)) as changes:     # in `run`
    async for change in changes: ...
secret = await source.read(Secret, "default", "token")             # where one object is wanted, now
async with source.request("/api/v1/namespaces/x/pods/y/log", {"follow": "true"}) as answer: ...
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.objects import KubernetesObject

if TYPE_CHECKING:
    import aiohttp

__all__ = ["READ_SECONDS", "ApiError", "Change", "ObjectSource", "Selector", "Sources"]

T = TypeVar("T", bound=KubernetesObject)
READ_SECONDS = 30.0


class ApiError(Exception):
    """What was asked of the API server did not come; the text is one line: what could not be done and why, what to grant or to
    check. Worth a retry, for what is refused today may be granted tomorrow.

    `status` is the HTTP status, 0 when there was no answer; `retry_after` what the server asks for, in seconds.
    """

    def __init__(self, message: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Selector:
    """Which objects of a kind: namespaces (empty: all), label and field selector in kubectl's syntax."""

    namespaces: tuple[str, ...] = ()
    labels: str = ""
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """`objects` is the live state by key (`namespace/name`, or the name of an object of the cluster), not a copy: it goes on changing
    while the caller awaits. `keys` are those added, changed and deleted since the change before; of the first change, all.

    `problem` says in one line why `objects` may not be up to date, and is empty when they are: a list or watch is refused, the API
    server does not answer. The source goes on trying; a change with other `problem` and no `keys` tells of that alone.
    """

    objects: Mapping[str, T]
    keys: Collection[str]
    problem: str = ""


class ObjectSource(Protocol):
    """One connection to a cluster."""

    def watch(self, selector: Selector, kind: type[T]) -> AsyncGenerator[Change[T], None]:
        """What is selected, at once (when it was listed, or could not be), and again after changes; those close together are one.
        An object that changes only in what `kind` does not hold has not changed.

        Raises `ComponentError` for a selector that cannot be understood.
        """
        ...

    async def read(self, kind: type[T], namespace: str, name: str, seconds: float = READ_SECONDS) -> T:
        """One object as it is now, within `seconds`. Raises `ApiError`, with status 404 when there is none of that name."""
        ...

    def request(
        self, path: str, query: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The answer to a GET, good (2xx) and unread: for what is no object, such as logs. Raises `ApiError`, also while the answer is
        being read inside the `with`."""
        ...


class Sources(Protocol):
    """What the process reads Kubernetes objects from."""

    def connect(self, arguments: ConnectionArguments, block: str = "") -> ObjectSource:
        """The source for a component's arguments; equal arguments share one. Raises `ComponentError`, with the attribute within
        `block` (`client`), for what can be no connection; that a server cannot be reached shows later."""
        ...
