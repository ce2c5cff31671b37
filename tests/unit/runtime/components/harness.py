"""Drives one component object, without an engine: its options, a receiver, and time to wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from runtime.component import Component, Options, Services
from runtime.kubernetes.cluster import Clusters
from runtime.kubernetes.source import Sources
from runtime.ledger import Account, Ledger
from runtime.signals.logs import LogBatch

__all__ = ["Collector", "Desk", "running", "until"]

PATIENCE_SECONDS = 20.0
"""How long a loaded machine may take; nobody waits so long otherwise."""


@dataclass
class Desk:
    """Makes a component's `Options` and keeps what the component says through them."""

    folder: Path
    id: str = "test.component.x"
    ledger: Ledger = field(default_factory=Ledger)
    exports: list[Any] = field(default_factory=list)
    health: list[tuple[str, str]] = field(default_factory=list)
    kubernetes: Sources = field(default_factory=Clusters)

    def options(self) -> Options:
        """Fresh ones over the same folder, as a component gets them that is started again."""
        return Options(
            id=self.id,
            data_path=self.folder,
            logger=logging.getLogger(f"test.{self.id}"),
            export=self._export,
            set_health=lambda state, text: self.health.append((state, text)),
            services=Services(ledger=self.ledger, kubernetes=self.kubernetes),
        )

    @property
    def account(self) -> Account:
        return self.ledger.account(self.id)

    def _export(self, exports: msgspec.Struct) -> None:
        if not self.exports or self.exports[-1] != exports:
            self.exports.append(exports)


@dataclass
class Collector:
    """A logs receiver that keeps all batches, and acknowledges them at once unless `hold` is set."""

    capsule_type: ClassVar[str] = "loki.LogsReceiver"
    hold: bool = False
    batches: list[LogBatch] = field(default_factory=list)

    async def push(self, batch: LogBatch) -> None:
        self.batches.append(batch)
        if not self.hold:
            batch.delivery.done()

    @property
    def entries(self) -> list[tuple[dict[str, str], str]]:
        """(labels, line) of all entries, bytes that are no UTF-8 as surrogate escapes."""
        return [
            (dict(batch.streams[stream]), line.decode("utf-8", "surrogateescape"))
            for batch in self.batches
            for stream, line in zip(batch.stream.tolist(), batch.line.to_pylist(), strict=True)
        ]

    @property
    def lines(self) -> list[str]:
        return [line for _, line in self.entries]


@asynccontextmanager
async def running(component: Component[Any], orderly: bool = True) -> AsyncIterator[None]:
    """`component` at work; stopped as the engine does it, or, with `orderly` unset, dropped without a drain."""
    task = asyncio.create_task(component.run())
    try:
        yield
        if orderly:
            await component.drain()
    finally:
        failed = task.done() and not task.cancelled() and task.exception()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert not failed


async def until(condition: Callable[[], object]) -> None:
    """Wait for `condition`. Raises `TimeoutError` when it does not come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)
