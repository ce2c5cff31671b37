"""Recorded Kubernetes objects in the place of an API server: YAML or JSON files, as `kubectl get … -o yaml` prints them.

A file holds objects, lists of objects, or several documents; it is read again when it changes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.objects import KINDS, KubernetesObject
from runtime.kubernetes.selectors import field_selector, label_selector
from runtime.kubernetes.source import ApiError, Change, ObjectSource, Selector

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Inventory", "InventoryError"]

T = TypeVar("T", bound=KubernetesObject)

_POLL_SECONDS = 1.0
_KINDS = {kind.resource.kind: kind for kind in KINDS}
_Recorded = dict[str, list[bytes]]
"""By kind, each object in JSON: as an API server would send it."""
_Stamp = tuple[int, int]
"""Modification time in nanoseconds and size."""


class InventoryError(Exception):
    """A file that cannot be read as Kubernetes objects; the text names file and reason."""


class Inventory:
    """`Sources` and `ObjectSource` in one: whatever connection a component asks for, it gets these objects."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Raises `InventoryError`."""
        self._files = tuple(files)
        self._read: dict[Path, tuple[_Stamp, _Recorded]] = {}
        self._seen = self._stamps()
        self._objects = self._load()
        self._loads = 1
        self._problem = ""

    def connect(self, arguments: ConnectionArguments) -> ObjectSource:  # noqa: ARG002
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

    async def read(self, kind: type[T], namespace: str, name: str) -> T:
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

    def _load(self) -> _Recorded:
        """All objects; a file that has not changed is not read again."""
        found: _Recorded = {}
        for file, stamp in zip(self._files, self._seen, strict=True):
            if file not in self._read or self._read[file][0] != stamp:
                self._read[file] = stamp, _recorded(file)
            for kind, items in self._read[file][1].items():
                found.setdefault(kind, []).extend(items)
        return found


def _recorded(file: Path) -> _Recorded:
    found: _Recorded = {}
    for item in _objects(file):
        encoded = msgspec.json.encode(item)
        if (kind := _KINDS.get(item["kind"])) is not None:
            try:
                msgspec.json.decode(encoded, type=kind)
            except msgspec.ValidationError as error:
                what = f"{item['kind']} `{item['metadata']['name']}`"
                raise InventoryError(f"{file}: {what} is not as the API has it: {error}") from None
        found.setdefault(item["kind"], []).append(encoded)
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


def _selection(selector: Selector, kind: type[T]) -> Callable[[_Recorded], dict[str, T]]:
    """Raises `ComponentError` for a selector that cannot be understood."""
    labels, fields = label_selector(selector.labels), field_selector(selector.fields)
    namespaces = selector.namespaces if kind.resource.namespaced else ()

    def select(recorded: _Recorded) -> dict[str, T]:
        chosen = {}
        for encoded in recorded.get(kind.resource.kind, ()):
            whole = msgspec.json.decode(encoded)
            if labels(whole) and fields(whole):
                item = msgspec.json.decode(encoded, type=kind)
                if not namespaces or item.metadata.namespace in namespaces:
                    chosen[item.key] = item
        return chosen

    return select


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InventoryError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise InventoryError(f"{file}: byte {error.start} is not UTF-8") from None
    try:
        documents = _documents(file, text)
    except json.JSONDecodeError as error:
        raise InventoryError(f"{file}:{error.lineno}:{error.colno}: no valid JSON: {error.msg.lower()}") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark is not None else f"{file}"
        raise InventoryError(f"{place}: no valid YAML: {getattr(error, 'problem', None) or str(error)}") from None
    for document in documents:
        yield from _flatten(file, document)


def _documents(file: Path, text: str) -> list[Any]:
    if file.suffix == ".json":
        return [json.loads(text)]
    if text.startswith("{"):
        # A recorded cluster: YAML that is JSON, of which there may be much more than YAML can be read in a second.
        with suppress(ValueError):
            return [json.loads(text)]
    return list(YAML(typ="safe", pure=True).load_all(text))


def _flatten(file: Path, document: Any) -> Iterator[dict[str, Any]]:
    match document:
        case None:
            return
        case list():
            for item in document:
                yield from _flatten(file, item)
        case {"kind": str(kind), "items": list(items)} if kind.endswith("List"):
            # `kubectl get pods -o json` through a typed list leaves the kind out of its items.
            for item in items:
                yield from _flatten(
                    file, {"kind": kind.removesuffix("List"), **item} if isinstance(item, dict) else item
                )
        case {"kind": str(), "metadata": {"name": str()}}:
            yield document
        case _:
            raise InventoryError(
                f"{file}: holds something that is no Kubernetes object (it needs `kind` and `metadata.name`)"
            )
