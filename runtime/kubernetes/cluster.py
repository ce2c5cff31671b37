"""Live clusters: one connection for equal arguments, one informer for equal selections, in the whole process."""

from __future__ import annotations

import weakref
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from runtime.http.arguments import inside
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.client import Client
from runtime.kubernetes.credentials import credentials_for
from runtime.kubernetes.informer import Informer
from runtime.kubernetes.objects import KubernetesObject
from runtime.kubernetes.refusal import Asked
from runtime.kubernetes.selectors import field_selector, label_selector
from runtime.kubernetes.source import READ_SECONDS, ApiError, Change, Selector

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Cluster", "Clusters"]

T = TypeVar("T", bound=KubernetesObject)


class Cluster:
    """An `ObjectSource` over an API server. An informer lives as long as someone watches its selection."""

    def __init__(self, arguments: ConnectionArguments) -> None:
        """Raises `ComponentError`."""
        self.arguments = arguments
        self._client = Client(credentials_for(arguments))
        self._informers: dict[tuple[type[KubernetesObject], Selector], Informer[Any]] = {}

    async def watch(self, selector: Selector, kind: type[T]) -> AsyncGenerator[Change[T], None]:
        label_selector(selector.labels)
        field_selector(selector.fields)
        selection = kind, selector
        informer: Informer[T] | None = self._informers.get(selection)
        if informer is None:
            informer = self._informers[selection] = Informer(self._client, selector, kind)
            informer.start()
        informer.users += 1
        try:
            async with aclosing(informer.changes()) as changes:
                async for change in changes:
                    yield change
        finally:
            informer.users -= 1
            if not informer.users:
                del self._informers[selection]
                await informer.stop()

    async def read(self, kind: type[T], namespace: str, name: str, seconds: float = READ_SECONDS) -> T:
        path = kind.resource.path(namespace, name)
        async with self._client.request(path, seconds=seconds) as answer:
            content = await answer.read()
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError as error:
            raise ApiError(f"cannot {Asked.of(path, {})}: the answer cannot be read: {error}") from None

    def request(
        self, path: str, query: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._client.request(path, query)


class Clusters:
    """`Sources` over API servers."""

    def __init__(self) -> None:
        self._clusters: weakref.WeakSet[Cluster] = weakref.WeakSet()

    def connect(self, arguments: ConnectionArguments, block: str = "") -> Cluster:
        wanted = arguments.connection
        for cluster in self._clusters:
            if cluster.arguments == wanted:
                return cluster
        with inside(block):
            cluster = Cluster(wanted)
        self._clusters.add(cluster)
        return cluster
