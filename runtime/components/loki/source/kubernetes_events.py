"""loki.source.kubernetes_events"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa

from runtime.component import Component, ComponentError, HealthState, Options
from runtime.components.loki.source._clustering import Clustering
from runtime.components.loki.source._event import FORMATS, event_time
from runtime.cursors import Cursors
from runtime.kubernetes.arguments import ConnectionArguments, validate_connection
from runtime.kubernetes.names import check_namespaces
from runtime.kubernetes.objects import Event
from runtime.kubernetes.source import Change, Selector
from runtime.pause import happens
from runtime.registry import component
from runtime.signals.acknowledged import Acknowledged
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import fan_out

_BATCH = 1000
_QUEUE = 10_000
"""Events that wait for the receivers; more are left with the API server."""
_DRAIN_SECONDS = 5.0


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    forward_to: list[LogsReceiver | None]
    job_name: str = "loki.source.kubernetes_events"
    namespaces: list[str] = []
    log_format: str = "logfmt"
    client: ConnectionArguments = ConnectionArguments()
    clustering: Clustering | None = None


class Cursor(msgspec.Struct, frozen=True):
    """The last event that is delivered: its resource version, and the newest time (nanoseconds) of all up to it."""

    version: int
    time: int

    def covers(self, version: int, time: int) -> bool:
        """Whether an event was delivered before. Versions of one cluster only grow; where they begin anew, as after the
        restoration of a backup, the time tells that an event is new."""
        return version <= self.version and time <= self.time

    def after(self, version: int, time: int) -> Cursor:
        return Cursor(max(self.version, version), max(self.time, time))


_START = Cursor(-1, -1)


@dataclass(slots=True)
class _Scope:
    """What one cursor is for: versions come in order from one watch, and there is one for each namespace that is named."""

    read: Cursor
    handed: Cursor
    acknowledged: Acknowledged[Cursor]


@dataclass(frozen=True, slots=True)
class _Entry:
    scope: str
    namespace: str
    version: int
    time: int
    line: str


@component("loki.source.kubernetes_events", arguments=Arguments)
class KubernetesEvents(Component[Arguments]):
    """Watches the events of a cluster, or of some namespaces, and forwards each as a line, with the labels `namespace` (of the
    object that it is about), `job` and `instance` (the component's id). Its time is when it happened last.

    A repeated event is a line for each repetition, a deleted one none. After a restart it goes on behind the last event
    that every destination owns, by the API's resource version. What has no time or is about nothing is dropped, counted
    as `no_time` and `no_object`.

    Differs from Alloy: an event that changes in nothing but its metadata is not sent again, events are not skipped for
    being older than one that was sent, and repetitions within a moment may come as one line with the last count.
    `clustering` is accepted: the one process of this runtime owns all namespaces.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        _check(arguments)
        self._source = options.services.kubernetes.connect(arguments.client, "client")
        self._cursors = Cursors(options.data_path, Cursor, options.logger)
        try:
            self._cursors.load()
        except OSError as error:
            raise ComponentError(f"cannot read positions: {error.strerror}: `{error.filename}`") from None
        self._waiting: asyncio.Queue[_Entry] = asyncio.Queue(_QUEUE)
        self._account = options.services.ledger.account(options.id, held=self._waiting.qsize)
        self._scopes: dict[str, _Scope] = {}
        self._restart = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False

    async def update(self, arguments: Arguments) -> None:
        _check(arguments)
        source = self.options.services.kubernetes.connect(arguments.client, "client")
        again = source is not self._source or set(arguments.namespaces) != set(self.arguments.namespaces)
        self.arguments, self._source = arguments, source
        if again:
            self._restart.set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._cursors.keep(), name=f"{self.options.id} positions")
                group.create_task(self._send(), name=f"{self.options.id} send")
                while True:
                    self._restart.clear()
                    watching = group.create_task(self._watch(), name=f"{self.options.id} watch")
                    await self._restart.wait()
                    watching.cancel()
        finally:
            while not self._waiting.empty():
                self._waiting.get_nowait()
                self._account.give_back(1)
            self._cursors.close(orderly=self._stopping)

    async def drain(self) -> None:
        """Takes no more events; the batch that is being handed over ends first."""
        self._stopping = True
        await happens(self._idle, _DRAIN_SECONDS)

    # Reading

    async def _watch(self) -> None:
        self.options.set_health(HealthState.UNKNOWN, "waits for the first list of events")
        selector = Selector(namespaces=tuple(self.arguments.namespaces))
        async with aclosing(self._source.watch(selector, Event)) as changes:
            async for change in changes:
                self._report(change.problem)
                for entry in self._entries(change):
                    await self._waiting.put(entry)
                    self._account.take(1)

    def _entries(self, change: Change[Event]) -> list[_Entry]:
        """The events that are new, in the order in which they came to be."""
        entries = []
        for event in (change.objects[key] for key in change.keys if key in change.objects):
            name = event.metadata.namespace if self.arguments.namespaces else ""
            version, time = _version(event), event_time(event)
            if not event.involved_object.name:
                self._refuse("no_object")
            elif time is None or time < 0:
                self._refuse("no_time")
            elif not self._scope(name).read.covers(version, time):
                line = FORMATS[self.arguments.log_format](event)
                entries.append(_Entry(name, event.involved_object.namespace, version, time, line))
        for entry in entries:
            scope = self._scope(entry.scope)
            scope.read = scope.read.after(entry.version, entry.time)
        return sorted(entries, key=lambda entry: (entry.version, entry.time))

    def _refuse(self, reason: str) -> None:
        self._account.take(1)
        self._account.drop(1, reason)

    def _scope(self, name: str) -> _Scope:
        if name not in self._scopes:
            # An earlier life may have watched all namespaces, or each by itself.
            begin = self._cursors.get(name) or self._cursors.get("") or _START
            acknowledged = Acknowledged(begin, lambda: self._cursors.move(name, acknowledged.position))
            self._scopes[name] = _Scope(begin, begin, acknowledged)
        return self._scopes[name]

    def _report(self, problem: str) -> None:
        problem = problem or self._cursors.problem
        self.options.set_health(HealthState.UNHEALTHY if problem else HealthState.HEALTHY, problem or "watching events")

    # Sending

    async def _send(self) -> None:
        while True:
            entries = [await self._waiting.get()]
            while len(entries) < _BATCH and not self._waiting.empty():
                entries.append(self._waiting.get_nowait())
            if self._stopping:
                self._account.give_back(len(entries))
                continue
            self._idle.clear()
            await fan_out(self._batch(entries), lambda: self.arguments.forward_to, self._account, self.options.logger)
            self._idle.set()

    def _batch(self, entries: list[_Entry]) -> LogBatch:
        scopes = list(dict.fromkeys(entry.scope for entry in entries))
        namespaces = list(dict.fromkeys(entry.namespace for entry in entries))
        streams = [
            Labels({"namespace": name, "job": self.arguments.job_name, "instance": self.options.id})
            for name in namespaces
        ]
        parts = [self._expect(scope, entries) for scope in scopes]
        return LogBatch(
            streams=tuple(streams),
            stream=np.array([namespaces.index(entry.namespace) for entry in entries], np.int32),
            timestamp=np.array([entry.time for entry in entries], np.int64),
            line=pa.array([entry.line.encode("utf-8", "surrogateescape") for entry in entries], pa.binary()),
            delivery=Delivery(parts),
            origin=np.array([scopes.index(entry.scope) for entry in entries], np.int32),
        )

    def _expect(self, name: str, entries: list[_Entry]) -> Callable[[], None]:
        scope = self._scope(name)
        for entry in entries:
            if entry.scope == name:
                scope.handed = scope.handed.after(entry.version, entry.time)
        return scope.acknowledged.expect(scope.handed)

    def debug_info(self) -> dict[str, object]:
        return {
            "positions": {
                name or "all namespaces": scope.acknowledged.position.version for name, scope in self._scopes.items()
            }
        }


def _version(event: Event) -> int:
    """The API server counts them up, one count for all objects."""
    version = event.metadata.resource_version
    return int(version) if version.isdecimal() else 0


def _check(arguments: Arguments) -> None:
    """Raises `ComponentError`."""
    if arguments.log_format not in FORMATS:
        raise ComponentError(f"`{arguments.log_format}` is no format, use one of: {', '.join(FORMATS)}", "log_format")
    if not arguments.job_name:
        raise ComponentError("`job_name` is empty: leave it out or name the job", "job_name")
    check_namespaces(arguments.namespaces, "namespaces")
    validate_connection(arguments.client, "client")
