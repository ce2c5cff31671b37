"""Recorded Kubernetes objects in the place of an API server: YAML or JSON files, as `kubectl get … -o yaml` prints them.

A file holds objects, lists of objects, or several documents; it is read again when it changes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from runtime.component import ComponentError
from runtime.kubernetes.selectors import field_selector, label_selector
from runtime.kubernetes.source import Object, Selector

__all__ = ["Inventory", "InventoryError"]

_POLL_SECONDS = 1.0
_IRREGULAR = {"Endpoints": "endpoints", "Ingress": "ingresses", "NetworkPolicy": "networkpolicies"}


class InventoryError(Exception):
    """A file that cannot be read as Kubernetes objects; the text names file and reason."""


class Inventory:
    """An `ObjectSource` over files."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Raises `InventoryError`."""
        self._files = tuple(files)
        self._seen: tuple[tuple[int, int], ...] = ()
        self._objects: dict[str, list[Object]] = {}
        self._load()

    async def watch(self, selector: Selector) -> AsyncIterator[Sequence[Object]]:
        labels, fields = label_selector(selector.labels), field_selector(selector.fields)

        def select() -> list[Object]:
            return [
                item
                for item in self._objects.get(selector.resource, ())
                if (not selector.namespaces or item["metadata"].get("namespace") in selector.namespaces)
                and labels(item)
                and fields(item)
            ]

        last = select()
        yield last
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            if self._stamps() != self._seen:
                try:
                    self._load()
                except InventoryError as error:
                    raise ComponentError(str(error)) from None
            if (now := select()) != last:
                last = now
                yield now

    def _stamps(self) -> tuple[tuple[int, int], ...]:
        stamps = []
        for file in self._files:
            try:
                stat = file.stat()
            except OSError:
                stamps.append((0, 0))
            else:
                stamps.append((stat.st_mtime_ns, stat.st_size))
        return tuple(stamps)

    def _load(self) -> None:
        self._seen = self._stamps()
        found: dict[str, list[Object]] = {}
        for file in self._files:
            for item in _objects(file):
                found.setdefault(_resource(item["kind"]), []).append(item)
        self._objects = found


def _resource(kind: str) -> str:
    return _IRREGULAR.get(kind, kind.lower() + "s")


def _objects(file: Path) -> Iterator[Object]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InventoryError(f"{file}: cannot be read: {error}") from None
    try:
        documents = [json.loads(text)] if file.suffix == ".json" else list(YAML(typ="safe", pure=True).load_all(text))
    except (YAMLError, ValueError) as error:
        raise InventoryError(f"{file}: is no valid {'JSON' if file.suffix == '.json' else 'YAML'}: {error}") from None
    for document in documents:
        yield from _flatten(file, document)


def _flatten(file: Path, document: Any) -> Iterator[Object]:
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
