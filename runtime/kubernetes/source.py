"""Where components read Kubernetes objects: one interface, behind it an inventory file or (later) the API server's informers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Object", "ObjectSource", "Selector"]

Object = Mapping[str, Any]
"""A Kubernetes object in its JSON form."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which objects: the resource's plural (`pods`), namespaces (empty: all), label and field selector in kubectl's syntax."""

    resource: str
    namespaces: tuple[str, ...] = ()
    labels: str = ""
    fields: str = ""


class ObjectSource(Protocol):
    def watch(self, selector: Selector) -> AsyncIterator[Sequence[Object]]:
        """The complete list of selected objects, at once and again after every change (changes close together are one).
        Raises `ComponentError` for a selector that cannot be understood."""
        ...
