"""Follows a watch of a component's source, for tests: what is there now, what went wrong, what was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from runtime.kubernetes.objects import KubernetesObject
from runtime.kubernetes.source import ObjectSource, Selector
from tests.e2e.cluster.client import Object

__all__ = ["PATIENCE_SECONDS", "Following", "config_map", "following", "role_binding", "until"]

PATIENCE_SECONDS = 40.0
"""How long a loaded machine may take; nobody waits so long otherwise."""


@dataclass
class Following:
    objects: Mapping[str, Any] = field(default_factory=dict)
    keys: list[list[str]] = field(default_factory=list)
    problem: str = ""
    problems: list[str] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return name in self.names

    @property
    def names(self) -> list[str]:
        return sorted(item.metadata.name for item in self.objects.values())


@asynccontextmanager
async def following(source: ObjectSource, selector: Selector, kind: type[KubernetesObject]) -> AsyncIterator[Following]:
    """Inside, the watch has told its first change."""
    seen = Following()
    first = asyncio.Event()

    async def follow() -> None:
        async with aclosing(source.watch(selector, kind)) as changes:
            async for change in changes:
                seen.objects, seen.problem = change.objects, change.problem
                seen.keys.append(sorted(change.keys))
                if change.problem:
                    seen.problems.append(change.problem)
                first.set()

    task = asyncio.create_task(follow())
    try:
        await until(lambda: first.is_set() or task.done())
        yield seen
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # A connection that was being made when it was cancelled is closed a moment later.
        await asyncio.sleep(0.05)


async def until(condition: Callable[[], object]) -> None:
    """Wait for `condition`. Raises `TimeoutError` when it does not come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def config_map(namespace: str, name: str, **data: str) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def role_binding(namespace: str, user: str, *verbs: str, resource: str = "configmaps") -> tuple[Object, Object]:
    """A role that lets `user` do `verbs`, and its binding."""
    group = "rbac.authorization.k8s.io"
    metadata = {"name": f"{user}-{resource}", "namespace": namespace}
    role = {
        "apiVersion": f"{group}/v1",
        "kind": "Role",
        "metadata": metadata,
        "rules": [{"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}],
    }
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        "roleRef": {"apiGroup": group, "kind": "Role", "name": metadata["name"]},
    }
    return role, binding
