"""loki.source.kubernetes"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa

from compiler.evaluate.types import Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.components.loki.source._clustering import Clustering
from runtime.components.loki.source._container import ContainerRef, IncompleteTargetError
from runtime.components.loki.source._container_log import Chunk, ContainerLog, Cursor
from runtime.cursors import Cursors
from runtime.kubernetes.arguments import ConnectionArguments, validate_connection
from runtime.pause import happens
from runtime.registry import component
from runtime.signals.acknowledged import Acknowledged
from runtime.signals.delivery import Delivery
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import fan_out

_BATCH_BYTES = 1 << 20
_QUEUE = 256
"""Chunks that wait for the receivers; what is more stays with the kubelets."""
_DRAIN_SECONDS = 5.0
_LOOK_SECONDS = 5.0
_GRACE_SECONDS = 10.0
"""How long a container is followed when its target is gone: the last lines of a pod may come after the news of its end."""
_FORGET_SECONDS = 600.0
"""How long the position of a container outlives its target: discovery may lose it for a moment."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    targets: list[Target]
    forward_to: list[LogsReceiver | None]
    client: ConnectionArguments = ConnectionArguments()
    clustering: Clustering | None = None


@dataclass(slots=True)
class _Followed:
    log: ContainerLog
    acknowledged: Acknowledged[Cursor]
    task: asyncio.Task[None] | None = None

    @property
    def active(self) -> bool:
        return self.task is not None and not self.task.done()

    def end(self) -> None:
        if self.task is not None:
            self.task.cancel()


@component("loki.source.kubernetes", arguments=Arguments)
class KubernetesLogs(Component[Arguments]):
    """Follows the logs of containers through the API server and forwards each line, line feed included, with the labels of
    its target, `job` (the component's id) and `instance` (`namespace/pod:container`), unless the target has those.

    After a restart it goes on behind the last line that every destination owns, also among lines of the same second.
    A line without a time, by which a kubelet says that it cannot read a log, is the component's health and no record.

    Differs from Alloy: nothing of the last second is sent again after a restart or a lost connection; a stream that breaks
    within a line sends no half of it; the log of a run that ended while nobody could read is completed (`previous`); and a
    container whose target is gone is followed for ten seconds more, as a pod may still write while discovery drops it.
    `clustering` is accepted: the one process of this runtime owns all targets.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        validate_connection(arguments.client, "client")
        self._source = options.services.kubernetes.connect(arguments.client, "client")
        self._cursors = Cursors(options.data_path, Cursor, options.logger)
        try:
            self._cursors.load()
        except OSError as error:
            raise ComponentError(f"cannot read positions: {error.strerror}: `{error.filename}`") from None
        self._account = options.services.ledger.account(options.id, held=lambda: self._held)
        self._waiting: asyncio.Queue[tuple[_Followed, Chunk]] = asyncio.Queue(_QUEUE)
        self._held = 0
        self._followed: dict[str, _Followed] = {}
        self._left: dict[str, _Followed] = {}
        self._gone: dict[str, float] = {}
        self._faults: list[str] = []
        self._troubled = False
        self._changed = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    async def update(self, arguments: Arguments) -> None:
        validate_connection(arguments.client, "client")
        self._source = self.options.services.kubernetes.connect(arguments.client, "client")
        self.arguments = arguments
        self._changed.set()

    async def run(self) -> None:
        self._gone = dict.fromkeys(self._cursors.names(), time.monotonic())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._cursors.keep(), name=f"{self.options.id} positions")
                group.create_task(self._send(), name=f"{self.options.id} send")
                while True:
                    self._changed.clear()
                    self._follow(group)
                    while not await happens(self._changed, _LOOK_SECONDS):
                        self._report()
        finally:
            self._account.give_back(self._held)
            self._held = 0
            self._cursors.close(orderly=self._stopping)

    async def drain(self) -> None:
        """Takes no more lines; the batch that is being handed over ends first."""
        self._stopping = True
        await happens(self._idle, _DRAIN_SECONDS)

    # Which containers

    def _follow(self, group: asyncio.TaskGroup) -> None:
        """Begin with targets that are new, leave those that are gone; those that stay are not touched."""
        wanted: dict[str, ContainerRef] = {}
        self._faults = []
        for target in self.arguments.targets:
            try:
                ref = ContainerRef.of(target, self.options.id)
            except IncompleteTargetError as error:
                self._faults.append(str(error))
            else:
                wanted.setdefault(ref.name, ref)
        for name in self._followed.keys() - wanted.keys():
            self._leave(name)
        for name, ref in wanted.items():
            followed = self._followed.get(name)
            if followed is None or followed.log.source is not self._source:
                self._begin(ref, group)
            else:
                followed.log.ref = ref
        self._report()

    def _begin(self, ref: ContainerRef, group: asyncio.TaskGroup) -> None:
        self._gone.pop(ref.name, None)
        before = self._left.pop(ref.name, None) or self._followed.pop(ref.name, None)
        if before is not None and before.active and before.log.source is self._source:
            before.log.ref = ref
            self._followed[ref.name] = before
            return
        if before is not None:
            before.end()
            # What it read may still be on its way.
            begin, acknowledged = before.log.read, before.acknowledged
        else:
            begin = self._cursors.get(ref.name)
            acknowledged = self._acknowledged(ref.name, begin or Cursor(0, 0))

        async def take(chunk: Chunk) -> None:
            await self._waiting.put((followed, chunk))
            self._account.take(len(chunk.lines))
            self._held += len(chunk.lines)

        log = ContainerLog(ref, self._source, begin, take)
        followed = self._followed[ref.name] = _Followed(log, acknowledged)
        followed.task = group.create_task(log.follow(), name=f"{self.options.id} {ref.name}")

    def _acknowledged(self, name: str, begin: Cursor) -> Acknowledged[Cursor]:
        acknowledged = Acknowledged(begin, lambda: self._cursors.move(name, acknowledged.position))
        return acknowledged

    def _leave(self, name: str) -> None:
        self._left[name] = self._followed.pop(name)
        self._gone[name] = time.monotonic()

    def _report(self) -> None:
        now = time.monotonic()
        for name, since in list(self._gone.items()):
            left = self._left.get(name)
            if left is not None and now - since > _GRACE_SECONDS:
                left.end()
            if now - since > _FORGET_SECONDS:
                del self._gone[name]
                self._left.pop(name, None)
                self._cursors.forget(name)
        problems = [*self._faults, *(one.log.problem for one in self._followed.values() if one.log.problem)]
        if self._cursors.problem:
            problems.append(self._cursors.problem)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        if problems:
            self.options.set_health(HealthState.UNHEALTHY, f"{problems[0]}{more}")
        else:
            running = sum(not followed.log.over for followed in self._followed.values())
            self.options.set_health(HealthState.HEALTHY, f"following {running} containers")
        if bool(problems) != self._troubled:
            self._troubled = bool(problems)
            # One line for an outage, which concerns all containers; the component's page has each.
            if problems:
                self.options.logger.warning("%s%s", problems[0], more)
            else:
                self.options.logger.info("all containers are followed again")

    # Sending

    async def _send(self) -> None:
        while True:
            chunks = [await self._waiting.get()]
            size = chunks[0][1].nbytes
            while size < _BATCH_BYTES and not self._waiting.empty():
                chunks.append(self._waiting.get_nowait())
                size += chunks[-1][1].nbytes
            if self._stopping:
                continue  # the books give back what is held
            self._idle.clear()
            self._held -= sum(len(chunk.lines) for _, chunk in chunks)
            await fan_out(_batch(chunks), lambda: self.arguments.forward_to, self._account, self.options.logger)
            self._idle.set()

    def debug_info(self) -> dict[str, object]:
        return {
            "tailers": [
                {"target": name, "over": one.log.over, "problem": one.log.problem}
                for name, one in self._followed.items()
            ]
        }


def _batch(chunks: list[tuple[_Followed, Chunk]]) -> LogBatch:
    counts = [len(chunk.lines) for _, chunk in chunks]
    stream = np.repeat(np.arange(len(chunks), dtype=np.int32), counts)
    return LogBatch(
        streams=tuple(followed.log.ref.labels for followed, _ in chunks),
        stream=stream,
        timestamp=np.array([at for _, chunk in chunks for at in chunk.times], np.int64),
        line=pa.array([line for _, chunk in chunks for line in chunk.lines], pa.binary()),
        delivery=Delivery([followed.acknowledged.expect(chunk.end) for followed, chunk in chunks]),
        origin=stream,
    )
