"""The live state of one selection of objects, kept by list and watch and shared by all who watch it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from runtime.kubernetes.client import Client
from runtime.kubernetes.objects import KubernetesObject
from runtime.kubernetes.reflector import Reflector
from runtime.kubernetes.source import Change, Selector

__all__ = ["Informer"]

T = TypeVar("T", bound=KubernetesObject)
_log = logging.getLogger("kmon.kubernetes")


@dataclass(eq=False, slots=True)
class _Reader:
    """What one caller of `changes` has not seen yet."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    keys: set[str] = field(default_factory=set)


class Informer(Generic[T]):
    """A reflector for each namespace fills `objects`. It works from `start` to `stop`."""

    def __init__(self, client: Client, selector: Selector, kind: type[T]) -> None:
        self.objects: dict[str, T] = {}
        self.users = 0
        namespaces = selector.namespaces if kind.resource.namespaced else ()
        self._client = client
        self._plural = kind.resource.plural
        self._reflectors = [
            Reflector(self, client, kind, namespace, selector) for namespace in dict.fromkeys(namespaces or ("",))
        ]
        self._readers: set[_Reader] = set()
        self._problem = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="informer")
        # What fails here is raised by those who read.
        self._task.add_done_callback(lambda _: self.changed(()))

    async def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.exception()  # the readers had it

    async def changes(self) -> AsyncGenerator[Change[T], None]:
        """See `ObjectSource.watch`."""
        reader = _Reader()
        self._readers.add(reader)
        try:
            while not self._known:
                await self._news(reader)
            reader.keys, problem = set(), self._problem
            yield Change(self.objects, list(self.objects), problem)
            while True:
                await self._news(reader)
                if reader.keys or self._problem != problem:
                    keys, reader.keys, problem = reader.keys, set(), self._problem
                    yield Change(self.objects, keys, problem)
        finally:
            self._readers.discard(reader)

    async def _news(self, reader: _Reader) -> None:
        """Wait for some. Raises what ended the informer."""
        await reader.news.wait()
        reader.news.clear()
        if self._task is not None and self._task.done():
            self._task.result()

    def changed(self, keys: Iterable[str]) -> None:
        """Tell the readers of changed objects, and of a problem that came or went."""
        problem = self._problems()
        if problem != self._problem:
            if problem:
                _log.warning(problem)
            else:
                _log.info("%s are watched again", self._plural)
            self._problem = problem
        for reader in self._readers:
            reader.keys.update(keys)
            reader.news.set()

    @property
    def _known(self) -> bool:
        """Whether each namespace was listed, or could not be."""
        return all(reflector.listed or reflector.problem for reflector in self._reflectors)

    def _problems(self) -> str:
        found = list(dict.fromkeys(reflector.problem for reflector in self._reflectors if reflector.problem))
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return f"{found[0]}{more}" if found else ""

    async def _run(self) -> None:
        async with self._client.open(), asyncio.TaskGroup() as group:
            for reflector in self._reflectors:
                group.create_task(reflector.run(), name=f"informer {reflector}")
