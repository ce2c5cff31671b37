"""What all objects have."""

from __future__ import annotations

from sys import intern
from typing import ClassVar, NamedTuple, Self

import msgspec
from msgspec.structs import force_setattr

__all__ = [
    "Condition",
    "KubernetesObject",
    "Labels",
    "Metadata",
    "ObjectReference",
    "OwnerReference",
    "Part",
    "Resource",
    "intern_fields",
]

Labels = dict[str, str]


class Resource(NamedTuple):
    """Where the API has a kind of object: group and version as in `apiVersion` (`networking.k8s.io/v1`)."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group, empty for the core."""
        return self.api_version.rpartition("/")[0]

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL's path of all objects, of those of a namespace, or of one."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        inside = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{inside}/{self.plural}" + (f"/{name}" if name else "")


class Part(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """A part of an object. The garbage collector need not look at it: objects hold no cycles."""


class OwnerReference(Part, frozen=True):
    kind: str
    name: str
    controller: bool | None = None

    def __post_init__(self) -> None:
        intern_fields(self, "kind", "name")


class Metadata(Part, frozen=True):
    name: str
    namespace: str = ""
    uid: str = ""
    labels: Labels | None = None
    annotations: Labels | None = None
    owner_references: list[OwnerReference] | None = None

    def __post_init__(self) -> None:
        intern_fields(self, "namespace")
        for field in ("labels", "annotations"):
            if values := getattr(self, field):
                force_setattr(self, field, {intern(name): intern(value) for name, value in values.items()})


def intern_fields(part: msgspec.Struct, *fields: str) -> None:
    for field in fields:
        force_setattr(part, field, intern(getattr(part, field)))


class KubernetesObject(Part, frozen=True):
    """Base of all kinds; `resource` says where the API has them."""

    resource: ClassVar[Resource]
    metadata: Metadata

    @property
    def key(self) -> str:
        """`namespace/name`, or the name alone of an object of the cluster."""
        namespace = self.metadata.namespace
        return f"{namespace}/{self.metadata.name}" if namespace else self.metadata.name

    def same(self, other: Self) -> bool:
        """Whether nothing that components read differs."""
        return self == other


class Condition(Part, frozen=True):
    type: str
    status: str

    def __post_init__(self) -> None:
        intern_fields(self, "type", "status")


class ObjectReference(Part, frozen=True):
    kind: str = ""
    name: str = ""
    namespace: str = ""
    api_version: str = ""
    resource_version: str = ""
    uid: str = ""
