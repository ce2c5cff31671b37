"""loki.write"""

from __future__ import annotations

import asyncio
import hashlib
from urllib.parse import urlsplit

import msgspec

from compiler.evaluate.types import Duration
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.components.loki._endpoint import DEFERRED, Endpoint, EndpointOptions, Spec, WalArguments
from runtime.components.loki._write_metrics import WriteMetrics
from runtime.http import TLSConfig, validate
from runtime.http.tls import context
from runtime.registry import component
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import Receiver
from runtime.wire.loki_encode import encode, stream_text

_TENANT_LABEL = "__tenant_id__"
_CACHED = 20_000
"""Label sets whose text is remembered."""
_NO_WAL = WalArguments(
    max_segment_age=Duration(0),
    min_read_frequency=Duration(0),
    max_read_frequency=Duration(0),
    drain_timeout=Duration(0),
)


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    endpoint: list[EndpointOptions] = []
    external_labels: dict[str, str] = {}
    max_streams: int = 0
    wal: WalArguments = _NO_WAL


class Exports(msgspec.Struct, frozen=True):
    receiver: LogsReceiver


@component(
    "loki.write", arguments=Arguments, exports=Exports, deferred=frozenset(f"endpoint.{name}" for name in DEFERRED)
)
class Write(Component[Arguments]):
    """Sends entries to Loki's push API, to every `endpoint` by itself: one that is down delays no other.

    Labels are encoded once per distinct set, entries once for all endpoints. Names that begin with `__` stay behind;
    `__tenant_id__` picks the tenant. An entry's own label wins over `external_labels`.

    Where it differs from Alloy:

    * An endpoint has a spool on disk, within the process' budget for one destination. What the destination does not
      take waits there, through restarts too. A request that failed `max_backoff_retries` times is set aside there and
      tried again every `max_backoff_period`, not dropped, until the budget pushes it out (reason `spool_full`).
      Without a budget it is dropped as in Alloy.
    * An endpoint whose credentials are not there yet (a secret that does not exist) is as one that is down: what comes waits in
      its spool, and is sent when they come.
    * An endpoint that takes the place of another (one is gone, one is new) inherits what is in its spool, so that a wrong
      address can be corrected.
    * `wal` writes every request to the spool before it is sent. There are no read intervals, as requests are sent at
      once, and no age at which unsent data goes: the budget alone limits it.
    * Up to four requests of an endpoint, or `queue_config.min_shards`, are on the way at once when it takes all of them.
      `queue_config.capacity` counts compressed bytes; `block_on_overflow` matters only without a spool, as a full queue
      goes to disk.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._metrics = WriteMetrics(options.metrics)
        self._texts: dict[Labels, tuple[str | None, bytes]] = {}
        self._endpoints = [Endpoint(options, spec, self._metrics, self._report) for spec in _specs(arguments, options)]
        self._group: asyncio.TaskGroup | None = None
        self._receiver = Receiver(self.push, options.id)
        options.export(Exports(self._receiver))

    async def run(self) -> None:
        try:
            self._inherit()
            async with asyncio.TaskGroup() as group:
                self._group = group
                for endpoint in self._endpoints:
                    endpoint.start(group)
                await asyncio.Event().wait()
        finally:
            self._group = None
            self._receiver.close()

    async def update(self, arguments: Arguments) -> None:
        specs = _specs(arguments, self.options)
        if arguments.external_labels != self.arguments.external_labels:
            self._texts.clear()
        self.arguments = arguments
        for endpoint in self._endpoints:
            complete = next((spec for spec in specs if spec.completes(endpoint.spec)), None)
            if complete is not None:
                endpoint.complete(complete)
        stay = [endpoint for endpoint in self._endpoints if endpoint.spec in specs]
        gone = [endpoint for endpoint in self._endpoints if endpoint.spec not in specs]
        known = [endpoint.spec for endpoint in stay]
        new = [Endpoint(self.options, spec, self._metrics, self._report) for spec in specs if spec not in known]
        self._endpoints = stay + new
        # A changed endpoint inherits its predecessor's spool, so that one must have let go of it.
        await asyncio.gather(*(endpoint.drain() for endpoint in gone))
        for endpoint in gone:
            await endpoint.stop()
            self._metrics.forget(endpoint.spec.name)
        self._inherit()
        if self._group is not None:
            for endpoint in new:
                endpoint.start(self._group)

    async def drain(self) -> None:
        await asyncio.gather(*(endpoint.drain() for endpoint in self._endpoints))

    async def push(self, batch: LogBatch) -> None:
        """Takes the batch for all endpoints at once, then waits until each of them has room for the next."""
        if not len(batch):
            batch.delivery.done()
            return
        encoded = encode(batch, self._target)
        endpoints = self._endpoints
        if len(endpoints) > 1:
            batch.delivery.fork(len(endpoints) - 1)
        for endpoint in endpoints:
            endpoint.take(encoded, batch.delivery)
        for endpoint in endpoints:
            await endpoint.outbox.room()

    def debug_info(self) -> dict[str, object]:
        return {
            endpoint.spec.name: {
                "url": endpoint.spec.arguments.url,
                "failing": endpoint.outbox.failing,
                "held_records": endpoint.outbox.held,
                "memory_bytes": endpoint.outbox.memory_bytes,
                "spool_bytes": endpoint.outbox.spool_bytes,
            }
            for endpoint in self._endpoints
        }

    def _report(self) -> None:
        problems = [endpoint.problem for endpoint in self._endpoints if endpoint.problem]
        state = HealthState.UNHEALTHY if problems else HealthState.HEALTHY
        self.options.set_health(state, "; ".join(problems) or "every spool takes requests")

    def _target(self, labels: Labels) -> tuple[str | None, bytes]:
        known = self._texts.get(labels)
        if known is None:
            merged = {**self.arguments.external_labels, **labels}
            known = merged.get(_TENANT_LABEL), stream_text(merged)
            if len(self._texts) >= _CACHED:
                self._texts.clear()
            self._texts[labels] = known
        return known

    def _inherit(self) -> None:
        """A spool that belongs to no endpoint any more goes to the one that has none yet, if it can be no other."""
        root = self.options.data_path / "spool"
        used = {endpoint.spec.folder(self.options.data_path) for endpoint in self._endpoints}
        orphans = [path for path in sorted(root.glob("*")) if path not in used and any(path.glob("*.spool"))]
        heirs = [path for path in used if not path.exists()]
        for orphan in orphans:
            fields = {"path": str(orphan)}
            if len(orphans) == len(heirs) == 1:
                try:
                    orphan.rename(heirs[0])
                except OSError as error:
                    fields["err"] = str(error)
                else:
                    self.options.logger.info(
                        "an endpoint goes on with the spool of the one before", extra={"fields": fields}
                    )
                    continue
            text = "a spool belongs to no endpoint any more, delete it or bring the endpoint back"
            self.options.logger.warning(text, extra={"fields": fields})


def _specs(arguments: Arguments, options: Options) -> list[Spec]:
    """Raises `ComponentError` for what must not start."""
    budget, lacking = options.services.spool_bytes, options.lacking()
    if not arguments.endpoint:
        raise ComponentError("`loki.write` needs at least one `endpoint` block")
    if arguments.max_streams < 0:
        raise ComponentError("`max_streams` must not be negative", "max_streams")
    wal = arguments.wal
    if wal.enabled:
        if wal.min_read_frequency >= wal.max_read_frequency:
            raise ComponentError("`min_read_frequency` must be below `max_read_frequency`", "wal.min_read_frequency")
        if budget <= 0:
            raise ComponentError("`wal` needs a disk budget above 0", "wal")
    specs: list[Spec] = []
    for index, endpoint in enumerate(arguments.endpoint):
        block = f"endpoint[{index}]"
        if endpoint in arguments.endpoint[:index]:
            raise ComponentError("this `endpoint` stands twice, delete one", block)
        _check(endpoint, block)
        name = _name(endpoint, {spec.name for spec in specs})
        if any(spec.name == name for spec in specs):
            raise ComponentError(f"two endpoints are named `{name}`, names must be unique", f"{block}.name")
        incomplete = any(path.startswith(f"{block}.") for path in lacking)
        specs.append(Spec(name, endpoint, arguments.max_streams, wal, incomplete))
    return specs


def _check(endpoint: EndpointOptions, block: str) -> None:
    try:
        parts = urlsplit(endpoint.url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ComponentError(f"`{endpoint.url}` is no URL: {error}", f"{block}.url") from None
    if parts.scheme not in ("http", "https") or not host:
        hint = "https://loki.example/loki/api/v1/push"
        raise ComponentError(f"`{endpoint.url}` is no URL of a push API, write it like `{hint}`", f"{block}.url")
    for name in ("batch_wait", "remote_timeout", "min_backoff_period", "max_backoff_period"):
        value: Duration = msgspec.structs.asdict(endpoint)[name]
        if value <= 0:
            raise ComponentError(f"`{name}` must be above 0", f"{block}.{name}")
    if endpoint.batch_size <= 0:
        raise ComponentError("`batch_size` must be above 0", f"{block}.batch_size")
    if endpoint.max_backoff_retries < 0:
        raise ComponentError(
            "`max_backoff_retries` must not be negative, 0 means without end", f"{block}.max_backoff_retries"
        )
    if endpoint.queue_config.capacity <= 0:
        raise ComponentError("`capacity` must be above 0", f"{block}.queue_config.capacity")
    validate(endpoint, block)
    if endpoint.tls_config != TLSConfig():
        try:
            context(endpoint.tls_config)
        except ComponentError as error:
            raise ComponentError(str(error), f"{block}.{error.attribute}") from None


def _name(endpoint: EndpointOptions, taken: set[str]) -> str:
    """The given name, or one that stays the same while the destination does: the spool is found by it."""
    if endpoint.name:
        return endpoint.name
    name = base = hashlib.sha256(f"{endpoint.url}\0{endpoint.tenant_id}".encode()).hexdigest()[:6]
    number = 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
