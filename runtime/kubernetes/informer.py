"""The live state of one selection of objects, kept by list and watch and shared by all who watch it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
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
        self._reflectors = [Reflector(self, client, kind, namespace, selector) for namespace in namespaces or ("",)]
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
        with suppress(asyncio.CancelledError, Exception):
            await self._task

    async def changes(self) -> AsyncGenerator[Change[T], None]:
        """See `ObjectSource.watch`."""
        reader = _Reader()
        self._readers.add(reader)
        try:
            first, problem = True, ""
            while True:
                if first and self._known:
                    first, problem = False, self._problem
                    reader.keys = set()
                    yield Change(self.objects, list(self.objects), problem)
                elif not first and (reader.keys or self._problem != problem):
                    problem, keys = self._problem, reader.keys
                    reader.keys = set()
                    yield Change(self.objects, keys, problem)
                await reader.news.wait()
                reader.news.clear()
                assert self._task is not None
                if self._task.done():
                    self._task.result()
        finally:
            self._readers.discard(reader)

    def changed(self, keys: Iterable[str]) -> None:
        """Tell the readers of changed objects, and of a problem that came or went."""
        problem = self._problems()
        if problem != self._problem:
            if problem:
                _log.warning(problem)
            else:
                _log.info("the API server answers again")
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
