"""Recorded Kubernetes objects in the place of an API server; their files are read again when they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.objects import KubernetesObject
from runtime.kubernetes.recorded import InventoryError, Recorded, read_recorded
from runtime.kubernetes.selectors import field_selector, label_selector
from runtime.kubernetes.source import READ_SECONDS, ApiError, Change, ObjectSource, Selector

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Inventory", "InventoryError"]

T = TypeVar("T", bound=KubernetesObject)

_POLL_SECONDS = 1.0
_Stamp = tuple[int, int]
"""Modification time in nanoseconds and size."""


class Inventory:
    """`Sources` and `ObjectSource` in one: whatever connection a component asks for, it gets these objects."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Raises `InventoryError`."""
        self._files = tuple(files)
        self._read: dict[Path, tuple[_Stamp, Recorded]] = {}
        self._seen = self._stamps()
        self._objects = self._load()
        self._loads = 1
        self._problem = ""

    def connect(self, arguments: ConnectionArguments, block: str = "") -> ObjectSource:  # noqa: ARG002
        return self

    async def watch(self, selector: Selector, kind: type[T]) -> AsyncGenerator[Change[T], None]:
        select = _selection(selector, kind)
        objects: dict[str, T] = {}
        loads, problem = 0, ""
        while True:
            if (loads, problem) != (self._loads, self._problem):
                first, before = not loads, problem
                loads, problem = self._loads, self._problem
                keys = _take_over(objects, select(self._objects))
                if keys or first or problem != before:
                    yield Change(objects, keys, problem)
            await asyncio.sleep(_POLL_SECONDS)
            self._refresh()

    async def read(self, kind: type[T], namespace: str, name: str, seconds: float = READ_SECONDS) -> T:  # noqa: ARG002
        self._refresh()
        resource = kind.resource
        fields = f"metadata.name={name}"
        found = _selection(Selector((namespace,) if resource.namespaced else (), fields=fields), kind)(self._objects)
        for item in found.values():
            return item
        where = f" in namespace `{namespace}`" if resource.namespaced else ""
        raise ApiError(f"cannot get {resource.plural} `{name}`{where}: the inventory has none of that name", 404)

    def request(
        self,
        path: str,
        query: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        raise ApiError(f"an inventory has no `{path}`: only an API server can answer that", 404)

    def _refresh(self) -> None:
        """Read changed files; where they are broken, the objects stay."""
        stamps = self._stamps()
        if stamps == self._seen:
            return
        self._seen = stamps
        try:
            self._objects = self._load()
        except InventoryError as error:
            self._problem = str(error)
        else:
            self._problem = ""
            self._loads += 1

    def _stamps(self) -> tuple[_Stamp, ...]:
        stamps = []
        for file in self._files:
            try:
                stat = file.stat()
            except OSError:
                stamps.append((0, 0))
            else:
                stamps.append((stat.st_mtime_ns, stat.st_size))
        return tuple(stamps)

    def _load(self) -> Recorded:
        """All objects; a file that has not changed is not read again."""
        found: Recorded = {}
        for file, stamp in zip(self._files, self._seen, strict=True):
            if file not in self._read or self._read[file][0] != stamp:
                self._read[file] = stamp, read_recorded(file)
            for kind, items in self._read[file][1].items():
                found.setdefault(kind, []).extend(items)
        return found


def _take_over(objects: dict[str, T], now: Mapping[str, T]) -> list[str]:
    """Make `objects` what is there now; the keys that are others than before."""
    changed = [key for key in objects if key not in now]
    for key in changed:
        del objects[key]
    for key, item in now.items():
        if (before := objects.get(key)) is None or not before.same(item):
            objects[key] = item
            changed.append(key)
    return changed


def _selection(selector: Selector, kind: type[T]) -> Callable[[Recorded], dict[str, T]]:
    """Raises `ComponentError` for a selector that cannot be understood."""
    labels, fields = label_selector(selector.labels), field_selector(selector.fields)
    namespaces = selector.namespaces if kind.resource.namespaced else ()

    def select(recorded: Recorded) -> dict[str, T]:
        chosen = {}
        for encoded in recorded.get(kind.resource.kind, ()):
            whole = msgspec.json.decode(encoded)
            if labels(whole) and fields(whole):
                item = msgspec.json.decode(encoded, type=kind)
                if not namespaces or item.metadata.namespace in namespaces:
                    chosen[item.key] = item
        return chosen

    return select
