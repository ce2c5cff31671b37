"""The engine: one task group, one dirty queue, one root module."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from compiler.catalog import Catalog
from compiler.diagnostics import DiagnosticError, Diagnostics, Source
from compiler.evaluate import Scope
from compiler.graph.library import Library
from runtime.backoff import Backoff
from runtime.component import Services
from runtime.engine.blocks import find_block
from runtime.engine.change import Around
from runtime.engine.evaluator import Evaluator
from runtime.engine.imports import ImportExports
from runtime.engine.instance import Instance
from runtime.engine.loader import load_graph, load_library
from runtime.engine.metrics import ControllerMetrics
from runtime.engine.module import Machinery, Module
from runtime.engine.plan import Plan
from runtime.engine.queue import DirtyQueue
from runtime.engine.scheduler import Scheduler
from runtime.engine.supported import Find
from runtime.registry import Registration, find

__all__ = ["Engine", "EngineStoppedError", "Read", "Settings"]

_log = logging.getLogger("kmon.engine")

Read = Callable[[Diagnostics], Sequence[Source]]
"""Reads the configuration as it is now; what cannot be read is reported."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a process runs its graph.

    `drain_seconds` is how long one component may take to send on what it holds when it is stopped. `module_path` is the
    folder of the configuration, which expressions know by this name.
    """

    storage: Path
    module_path: str = ""
    stability: str = "generally-available"
    community: bool = False
    drain_seconds: float = 10.0
    backoff: Backoff = field(default_factory=Backoff)


class EngineStoppedError(Exception):
    """The engine stops or has stopped, and loads nothing any more."""

    def __init__(self) -> None:
        super().__init__("the process is stopping")


class Engine:
    """Runs what `read` gives. Use it as a context: inside, `reload` loads (the first time from the empty graph) and
    `stop` ends everything in order; leaving the context stops what still runs.

    `find` is where components come from, the registry by default.
    """

    def __init__(self, read: Read, services: Services, settings: Settings, catalog: Catalog, find: Find = find) -> None:
        self._read = read
        self._ledger = services.ledger
        self._settings = settings
        self._catalog = catalog
        self._find_component = find
        self._lock = asyncio.Lock()
        self._dirty: DirtyQueue[Instance] = DirtyQueue()
        self._group = asyncio.TaskGroup()
        self._evaluating: asyncio.Task[None] | None = None
        self._stopped = False
        self.metrics = ControllerMetrics()
        self.ready = False
        evaluator = Evaluator(services, settings.storage, self.metrics, self._changed)
        self._evaluator = evaluator
        self._scheduler = Scheduler(self._group, self._rebuild, settings.drain_seconds, settings.backoff)
        machinery = Machinery(evaluator, self._scheduler, self._find, self._library)
        self.root = Module("", Around(Scope({"module_path": settings.module_path})), machinery)

    def instances(self) -> Iterator[Instance]:
        """Every node that runs, configuration blocks and the insides of modules too, in dependency order."""
        return _instances(self.root)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._evaluating = self._group.create_task(self._evaluate(), name="evaluate")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        await self._group.__aexit__(None, None, None)

    async def reload(self) -> tuple[Plan, Diagnostics]:
        """Read the configuration anew and make it the running one; see `Module.apply`.

        Returns what changed and the warnings. Raises `DiagnosticError` with every error found; then nothing has
        changed.
        """
        async with self._lock:
            if self._stopped:
                raise EngineStoppedError
            diagnostics = Diagnostics()
            try:
                sources = self._read(diagnostics)
                graph = load_graph(
                    sources,
                    self._catalog,
                    self._find,
                    diagnostics,
                    stability=self._settings.stability,
                    community=self._settings.community,
                    module_path=self._settings.module_path,
                )
                plan = await self.root.apply(graph, diagnostics)
            except DiagnosticError as error:
                self.metrics.load_failed()
                if self.ready:
                    _log_refused(error)
                raise
            self.metrics.loaded(hashlib.sha256("".join(source.text for source in sources).encode()).hexdigest())
            self.ready = True
        _log.info("configuration loaded", extra={"fields": {"plan": str(plan)}})
        return plan, diagnostics

    async def stop(self) -> None:
        """Stop everything: sources first, each drained, then the rest."""
        if self._stopped:
            return
        self._stopped = True
        self.ready = False
        await self._end_evaluation()
        async with self._lock:
            await self.root.stop()
        for account in self._ledger:
            if account.imbalance:
                fields = {"component": account.component, "records": account.imbalance}
                _log.error("the books of a component do not balance", extra={"fields": fields})

    async def _end_evaluation(self) -> None:
        """What is being taken up is finished first, because modules may start and stop in it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds), self._lock:
                pass
        if self._evaluating is not None:
            self._evaluating.cancel()

    @property
    def stuck(self) -> bool:
        """Whether a component did not end when it was cancelled: then leaving the context waits for it."""
        return bool(self._scheduler.stuck)

    def force(self) -> None:
        """What is stopping does not wait for anything any more."""
        self._scheduler.force()

    def _find(self, name: str) -> Registration | None:
        return find_block(name) or self._find_component(name)

    def _library(self, content: ImportExports) -> Library:
        settings = self._settings
        return load_library(content, self._catalog, stability=settings.stability, community=settings.community)

    def _changed(self, instance: Instance) -> None:
        self._dirty.put(instance)
        self.metrics.queued(len(self._dirty))

    def _rebuild(self, instance: Instance) -> bool:
        self.metrics.restarts.labels(instance.id, f"/{instance.module.id}").inc()
        if not isinstance(instance.arguments, msgspec.Struct):
            return False
        return self._evaluator.build(instance, instance.node, instance.arguments, Diagnostics())

    async def _evaluate(self) -> None:
        """Takes up changed exports, one drained queue after the other; a load goes before."""
        while True:
            await self._dirty.wait()
            async with self._lock:
                changed: dict[Module, list[Instance]] = defaultdict(list)
                for instance, since in self._dirty.drain().items():
                    changed[instance.module].append(instance)
                    self.metrics.waited(instance.module.id, time.monotonic() - since)
                self.metrics.queued(0)
                for module, instances in changed.items():
                    self.metrics.evaluating(module.id, True)
                    await module.take_up(instances)
                    self.metrics.evaluating(module.id, False)


def _instances(module: Module) -> Iterator[Instance]:
    for instance in module.instances.values():
        yield instance
        for inner in instance.modules.values():
            yield from _instances(inner)


def _log_refused(error: DiagnosticError) -> None:
    for found in error.diagnostics.errors:
        fields = {"code": found.code, "err": found.message, **({"at": str(found.span)} if found.span else {})}
        _log.error("configuration refused, the old one goes on", extra={"fields": fields})
