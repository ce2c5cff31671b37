"""Secrets and ConfigMaps that components and pods name, and that others make."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.deploy.environment import SECRET
from compiler.deploy.permissions import OWN_NAMESPACE, Permission
from compiler.deploy.reading import read_objects
from compiler.deploy.settings import Settings
from compiler.diagnostics import Source

__all__ = ["Named", "named_by_pod", "named_by_rule", "read_named"]

_KINDS = {"secrets": "Secret", "configmaps": "ConfigMap"}


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """`namespace` is `OWN_NAMESPACE` for that of the process, where its name is not known."""

    kind: str
    namespace: str
    name: str

    def is_among(self, there: Collection[Named]) -> bool:
        return any(
            (self.kind, self.name) == (one.kind, one.name)
            and (self.namespace == one.namespace or OWN_NAMESPACE in (self.namespace, one.namespace))
            for one in there
        )


def named_by_rule(permission: Permission) -> Named | None:
    """The object that a component reads by its name."""
    kind = _KINDS.get(permission.resource.name)
    if kind is None or not (permission.name and permission.namespace):
        return None
    return Named(kind, permission.namespace, permission.name)


def named_by_pod(settings: Settings, secrets: bool, own_namespace: str) -> Mapping[Named, str]:
    """What a pod cannot start without, with the key that says so; `secrets`: whether it has literal ones."""
    found: dict[Named, str] = {}
    places: list[tuple[str, Any]] = [("image.pullSecrets", {"secretRef": one}) for one in settings.pull_secrets]
    places += [("alloy.extraEnv", one.get("valueFrom")) for one in settings.environment]
    places += [("alloy.envFrom", one) for one in settings.environment_from]
    for volume in settings.volumes:
        projected = volume.get("projected")
        sources = projected.get("sources") or () if isinstance(projected, Mapping) else ()
        places += [("controller.volumes.extra", one) for one in (volume, *sources)]
    if secrets:
        places.append(("", {"secretRef": {"name": SECRET}}))
    for key, place in places:
        for kind, name in _references(place):
            found.setdefault(Named(kind, own_namespace, name), key)
    return found


def _references(place: Any) -> Iterator[tuple[str, str]]:
    """Kind and name of what a volume, or the source of a variable, refers to; what may be absent is left out."""
    for key, reference in place.items() if isinstance(place, Mapping) else ():
        kind = next((kind for kind in ("Secret", "ConfigMap") if key.lower().startswith(kind.lower())), None)
        if kind is not None and isinstance(reference, Mapping) and not reference.get("optional"):
            name = reference.get("secretName") or reference.get("name")
            if isinstance(name, str):
                yield kind, name


def read_named(source: Source) -> frozenset[Named]:
    """The Secrets and ConfigMaps of a file of manifests. Raises `ManifestError`."""
    found = set()
    for one in read_objects(source):
        head = one.get("metadata")
        if one.get("kind") in _KINDS.values() and isinstance(head, Mapping):
            found.add(Named(str(one["kind"]), str(head.get("namespace") or OWN_NAMESPACE), str(head.get("name"))))
    return frozenset(found)
