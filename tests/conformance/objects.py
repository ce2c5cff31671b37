"""The Kubernetes objects of a case on the API server of the test run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.case import Step
from tests.e2e.cluster.client import ApiError, Client
from tests.e2e.cluster.server import ApiServer

__all__ = ["Objects"]


@dataclass(slots=True)
class Objects:
    """`namespace` is the name that `${NS}` stands for. What is made here is deleted with `clear`."""

    server: ApiServer
    namespace: str = field(default_factory=lambda: f"kubernetes-{secrets.token_hex(3)}")
    _client: Client = field(init=False)
    _made: list[Mapping[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = self.server.client()

    @property
    def names(self) -> Mapping[str, str]:
        """What stands for the API server in a configuration."""
        return {
            "KUBECONFIG": str(self.server.kubeconfig()),
            "API_SERVER": self.server.url,
            "API_TOKEN": self.server.token,
            "NS": self.namespace,
        }

    async def create(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """With their status. Raises `ApiError`."""
        for object in map(self._named, objects):
            self._made.append(object)
            await asyncio.to_thread(self._client.create, object)

    async def change(self, step: Step) -> None:
        """What a step creates, patches and deletes. Raises `ApiError`."""
        if step.create is not None:
            await self.create([step.create])
        if step.patch is not None:
            await asyncio.to_thread(self._client.patch, self._named(step.patch))
        if step.delete is not None:
            await asyncio.to_thread(self._client.delete, self._named(step.delete))

    async def clear(self) -> None:
        for object in reversed(self._made):
            with contextlib.suppress(ApiError):
                await asyncio.to_thread(self._client.delete, object)

    def _named(self, object: Mapping[str, Any]) -> dict[str, Any]:
        named: dict[str, Any] = json.loads(json.dumps(object).replace("${NS}", self.namespace))
        return named
