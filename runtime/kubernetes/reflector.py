"""List and watch, as the API's "Efficient detection of changes" describes: pages, bookmarks, resuming, and a new list where the
server's history has ended.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Generic, Protocol, TypeVar

import msgspec

from runtime.backoff import Backoff
from runtime.kubernetes.client import Client
from runtime.kubernetes.namespaces import may_exist
from runtime.kubernetes.objects import KubernetesObject
from runtime.kubernetes.pages import Version, pages
from runtime.kubernetes.refusal import Asked
from runtime.kubernetes.source import ApiError, Selector

__all__ = ["Reflector"]

T = TypeVar("T", bound=KubernetesObject)
_log = logging.getLogger("kmon.kubernetes")

_LIST_SECONDS = 60.0
_WATCH_SECONDS = (240, 480)
"""The server ends a watch in between; spread, so that all watches do not come again at once."""
_IDLE_SECONDS = 180.0
"""A watch that is silent for so long may be a connection that nobody noticed the end of. Where nothing changes, servers send no
bookmarks either, so that some are resumed in vain."""
_SHORT_SECONDS = 5.0
"""A server that ends watches sooner than this is asked more slowly."""
_BACKOFF = Backoff(first=0.5, longest=30.0)


class _Versioned(msgspec.Struct):
    metadata: Version = msgspec.field(default_factory=Version)


class _Line(msgspec.Struct):
    """Of a watch."""

    type: str
    object: msgspec.Raw


class _Status(msgspec.Struct):
    code: int = 0
    message: str = ""


class _EndedError(Exception):
    """The server does not know the version any more (410)."""


class State(Protocol[T]):
    """Where a reflector keeps the objects, beside others."""

    objects: dict[str, T]

    def changed(self, keys: Iterable[str]) -> None: ...


class Reflector(Generic[T]):
    """Keeps the objects of one namespace (empty: all) as they are in the cluster, for as long as it runs.

    `problem` says why they may be out of date. `listed` is true once they were complete.
    """

    def __init__(self, state: State[T], client: Client, kind: type[T], namespace: str, selector: Selector) -> None:
        self.problem = ""
        self.listed = False
        self._state = state
        self._client = client
        self._namespace = namespace
        self._version = ""
        self._server = ""
        """What the objects are as of, and of which server."""
        self._path = kind.resource.path(namespace)
        self._query = {
            name: text
            for name, text in (("labelSelector", selector.labels), ("fieldSelector", selector.fields))
            if text
        }
        self._decode = msgspec.json.Decoder(kind).decode

    def __str__(self) -> str:
        return self._path

    async def run(self) -> None:
        delays = _BACKOFF.delays()
        while True:
            began = asyncio.get_running_loop().time()
            try:
                if not self._version:
                    self._version = await self._list()
                await self._expect_namespace()
                await self._watch()
            except _EndedError:
                self._version = ""
            except ApiError as error:
                if error.status in (403, 404):
                    # What may be listed and not watched is at least listed, again and again.
                    self._version = ""
                self._report(str(error))
                await asyncio.sleep(max(next(delays), error.retry_after or 0.0))
                continue
            if asyncio.get_running_loop().time() - began > _SHORT_SECONDS:
                delays = _BACKOFF.delays()
            else:
                await asyncio.sleep(next(delays))

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self._state.changed(())

    async def _list(self) -> str:
        """Take over all objects at once, when the last page has come; the version to watch from. Until then the old state stands:
        nobody sees a gap, and the versions of what is told only grow from one change to the next."""
        try:
            fresh, seen, version = await self._pages(limited=True)
        except _EndedError:
            # Paging took longer than the server keeps its history, so all comes at once.
            fresh, seen, version = await self._pages(limited=False)
        objects = self._state.objects
        prefix = f"{self._namespace}/" if self._namespace else ""
        gone = [key for key in objects if key not in seen and key.startswith(prefix)]
        for key in gone:
            del objects[key]
        objects.update(fresh)
        self.listed = True
        self._server = self._client.server
        self._state.changed([*fresh, *gone])
        return version

    async def _expect_namespace(self) -> None:
        """Raises `ApiError` for a namespace that does not exist."""
        prefix = f"{self._namespace}/"
        if not self._namespace or any(key.startswith(prefix) for key in self._state.objects):
            return
        if not await may_exist(partial(self._client.request, seconds=_LIST_SECONDS), self._namespace):
            raise ApiError(f"cannot {Asked.of(self._path, self._query)}: there is no such namespace", 404)

    async def _pages(self, *, limited: bool) -> tuple[dict[str, T], set[str], str]:
        """What is new or has changed, the keys of all, the version."""
        fresh: dict[str, T] = {}
        seen: set[str] = set()
        version = ""
        request = partial(self._client.request, seconds=_LIST_SECONDS)
        try:
            async for page in pages(request, self._path, self._query, limited=limited):
                for item in self._readable(page.items or ()):
                    seen.add(item.key)
                    if self._differs(item):
                        fresh[item.key] = item
                version = page.metadata.resource_version
        except ApiError as error:
            if error.status == 410:
                raise _EndedError from None
            raise
        return fresh, seen, version

    def _readable(self, items: Iterable[msgspec.Raw]) -> Iterator[T]:
        for raw in items:
            try:
                yield self._decode(raw)
            except msgspec.DecodeError as error:
                _log.warning("an object is left out", extra={"fields": {"path": self._path, "err": str(error)}})

    def _differs(self, item: T) -> bool:
        before = self._state.objects.get(item.key)
        return before is None or not before.same(item)

    async def _watch(self) -> None:
        """Follow changes until the server ends it. Raises `_EndedError`."""
        seconds = random.randint(*_WATCH_SECONDS)  # no secret
        query = {
            **self._query,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(seconds),
        }
        established = False
        try:
            async with self._client.request(
                self._path, query, seconds=seconds + _LIST_SECONDS, idle_seconds=_IDLE_SECONDS
            ) as answer:
                established = True
                if self._client.server != self._server:
                    raise _EndedError  # a version of another cluster
                self._report("")
                rest = b""
                async for chunk in answer.content.iter_any():
                    *lines, rest = (rest + chunk).split(b"\n")
                    self._apply(lines)
        except ApiError as error:
            if error.status == 410:
                raise _EndedError from None
            # A watch that was cut off is resumed; if the server is gone, that says so.
            if not established or error.status:
                raise

    def _apply(self, lines: Iterable[bytes]) -> None:
        """Take over the changes of a chunk of the watch, as one."""
        changed: list[str] = []
        last: msgspec.Raw | None = None
        try:
            for text in filter(None, lines):
                line = msgspec.json.decode(text, type=_Line)
                if line.type == "ERROR":
                    self._fail(msgspec.json.decode(line.object, type=_Status))
                if line.type != "BOOKMARK":
                    changed += self._change(line)
                last = line.object
        except msgspec.DecodeError as error:
            raise ApiError(f"cannot watch {self._path}: a change cannot be read: {error}", 500) from None
        finally:
            if last is not None:
                self._version = _version(last) or self._version
            if changed:
                self._state.changed(changed)

    def _change(self, line: _Line) -> list[str]:
        items = list(self._readable((line.object,)))
        objects = self._state.objects
        if line.type == "DELETED":
            return [item.key for item in items if objects.pop(item.key, None) is not None]
        changed = {item.key: item for item in items if self._differs(item)}
        objects.update(changed)
        return list(changed)

    def _fail(self, status: _Status) -> None:
        if status.code == 410:
            raise _EndedError
        asked = Asked.of(self._path, {"watch": "true"})
        raise ApiError(f"cannot {asked}: the API server ended it with {status.code}: {status.message}", status.code)


def _version(item: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(item, type=_Versioned).metadata.resource_version
    except msgspec.DecodeError:
        return ""
