"""What a role is: the kind of object that targets are made of, the kinds that are looked at beside it, and how.

A role is one file beside this one, which defines `ROLE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from runtime.components.discovery._kubernetes.labels import Labels, metadata_labels, namespace_labels
from runtime.kubernetes.objects import KubernetesObject, Metadata, Namespace, Node

__all__ = ["Look", "Role"]

T = TypeVar("T", bound=KubernetesObject)


@dataclass(slots=True)
class Look:
    """The objects beside those of the role, by kind and key. It remembers what was looked for, found or not: when that changes, the
    targets that were made of it are made anew.
    """

    objects: Mapping[type[KubernetesObject], Mapping[str, Any]]
    seen: set[tuple[type[KubernetesObject], str]] = field(default_factory=set)

    def has(self, kind: type[KubernetesObject]) -> bool:
        """Whether objects of this kind are watched at all."""
        return kind in self.objects

    def get(self, kind: type[T], key: str) -> T | None:
        if kind not in self.objects:
            return None
        self.seen.add((kind, key))
        found: T | None = self.objects[kind].get(key)
        return found

    def node_labels(self, name: str | None) -> Labels:
        """Empty where nodes are not attached or there is none of that name."""
        node = self.get(Node, name) if name else None
        return metadata_labels("node", node.metadata) if node is not None else {}

    def namespace_labels(self, metadata: Metadata) -> Labels:
        """The label with the namespace's name, and what is attached of the namespace."""
        space = self.get(Namespace, metadata.namespace)
        attached = namespace_labels(space.metadata) if space is not None else {}
        return {"__meta_kubernetes_namespace": metadata.namespace, **attached}


@dataclass(frozen=True, slots=True)
class Role:
    """`targets` makes the labels of all targets of one object. `beside` are kinds that are always watched, too; nodes and
    namespaces come with `attach_metadata`, nodes only where `attaches_node`."""

    name: str
    kind: type[KubernetesObject]
    targets: Callable[[Any, Look], Iterable[Labels]]
    beside: tuple[type[KubernetesObject], ...] = ()
    attaches_node: bool = False

    @property
    def selectable(self) -> tuple[str, ...]:
        """The roles that a selector may be for."""
        nodes = ("node",) if self.attaches_node else ()
        return (self.name, *(kind.resource.kind.lower() for kind in self.beside), *nodes)
