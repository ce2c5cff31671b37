"""Targets by the object that they are made of; a change makes only those anew that it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from compiler.evaluate.types import Target
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import KubernetesObject

__all__ = ["Groups"]

_Seen = tuple[type[KubernetesObject], str]


class Groups:
    """`objects` are the live objects of every watched kind, by key. A target that comes out equal is the same object as
    before, so that whoever reads the targets sees by identity what has changed.
    """

    def __init__(self, role: Role, objects: Mapping[type[KubernetesObject], Mapping[str, Any]]) -> None:
        self._role = role
        self._objects = objects
        self._targets: dict[str, list[Target]] = {}
        self._seen: dict[str, set[_Seen]] = {}
        self._users: defaultdict[_Seen, set[str]] = defaultdict(set)
        self._dirty: set[str] = set()

    def changed(self, kind: type[KubernetesObject], keys: Iterable[str]) -> None:
        """Objects of `kind` are others than before."""
        if kind is self._role.kind:
            self._dirty.update(keys)
        for key in keys:
            self._dirty |= self._users.get((kind, key), set())

    def targets(self) -> list[Target]:
        """All targets as of now."""
        items = self._objects[self._role.kind]
        for key in self._dirty:
            self._forget(key)
            item = items.get(key)
            if item is None:
                self._targets.pop(key, None)
            else:
                self._make(key, item)
        self._dirty = set()
        return list(chain.from_iterable(self._targets.values()))

    def _make(self, key: str, item: KubernetesObject) -> None:
        look = Look(self._objects)
        before = self._targets.get(key)
        made = [Target(labels) for labels in self._role.targets(item, look)]
        if before:
            same = {target: target for target in before}
            made = [same.get(target, target) for target in made]
        self._targets[key] = made
        if look.seen:
            self._seen[key] = look.seen
            for seen in look.seen:
                self._users[seen].add(key)

    def _forget(self, key: str) -> None:
        """What the targets of `key` were made of."""
        for seen in self._seen.pop(key, ()):
            users = self._users[seen]
            users.discard(key)
            if not users:
                del self._users[seen]
