"""One `endpoint` of `loki.write`: gathers entries into requests, and delivers them through an outbox of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

from compiler.evaluate.types import ByteSize, Duration
from runtime.component import Options
from runtime.components.loki._batcher import TENANT_HEADER, Batcher
from runtime.components.loki._write_metrics import WriteMetrics
from runtime.http.arguments import ClientArguments
from runtime.http.client import HttpClient, HttpError
from runtime.outbox import Delivered, Loss, Outbox, Outcome, Refused, Request, Retry, Settings, Spool
from runtime.signals.delivery import Delivery
from runtime.wire.loki_encode import Encoded

__all__ = ["DEFERRED", "Endpoint", "EndpointOptions", "QueueConfig", "Spec", "WalArguments"]

_IN_FLIGHT = 4


class QueueConfig(msgspec.Struct, frozen=True, kw_only=True):
    capacity: ByteSize = ByteSize.parse("10MiB")
    min_shards: int = 1
    drain_timeout: Duration = Duration.parse("15s")
    block_on_overflow: bool = True


class WalArguments(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    max_segment_age: Duration = Duration.parse("1h")
    min_read_frequency: Duration = Duration.parse("250ms")
    max_read_frequency: Duration = Duration.parse("1s")
    drain_timeout: Duration = Duration.parse("15s")


class EndpointOptions(ClientArguments, frozen=True, kw_only=True):
    name: str = ""
    url: str
    batch_wait: Duration = Duration.parse("1s")
    batch_size: ByteSize = ByteSize.parse("1MiB")
    remote_timeout: Duration = Duration.parse("10s")
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    min_backoff_period: Duration = Duration.parse("500ms")
    max_backoff_period: Duration = Duration.parse("5m")
    max_backoff_retries: int = 10
    tenant_id: str = ""
    retry_on_http_429: bool = True
    queue_config: QueueConfig = QueueConfig()


DEFERRED = frozenset(ClientArguments.__struct_fields__) | {"headers", "remote_timeout"}
"""What is needed only to send."""


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything an endpoint is made of; an equal one goes on through a reload. `incomplete` says that values of `DEFERRED`
    arguments are not there yet: then nothing is sent."""

    name: str
    arguments: EndpointOptions
    max_streams: int
    wal: WalArguments
    incomplete: bool = False

    def folder(self, data_path: Path) -> Path:
        return data_path / "spool" / quote(self.name, safe="")

    def completes(self, other: Spec) -> bool:
        """Whether this is what `other` was to become."""
        known = {name: getattr(self.arguments, name) for name in DEFERRED}
        arguments = msgspec.structs.replace(other.arguments, **known)
        return other.incomplete and self == replace(other, arguments=arguments, incomplete=self.incomplete)


class Endpoint:
    """See the module's text; `start` begins to send, `stop` ends it and leaves what is unsent on disk.

    `problem` says what is wrong with the spool, empty for nothing; `report` is called when it changes.
    """

    def __init__(self, options: Options, spec: Spec, metrics: WriteMetrics, report: Callable[[], None]) -> None:
        self.spec = spec
        self.problem = ""
        self._report = report
        arguments = spec.arguments
        self._options = options
        self._metrics = metrics
        self._host = urlsplit(arguments.url).netloc.rpartition("@")[2]
        self._headers = _headers(options, arguments)
        self._http = HttpClient(arguments)
        self._batcher = Batcher(int(arguments.batch_size), spec.max_streams, arguments.tenant_id, self._limited)
        account = options.services.ledger.account(
            options.id, lambda: self._batcher.held + self.outbox.held, endpoint=spec.name
        )
        self._account = account
        budget = options.services.spool_bytes
        self.outbox = Outbox(
            self._send,
            _settings(spec),
            account,
            spool=Spool(spec.folder(options.data_path), budget) if budget > 0 else None,
            lost=self._lost,
            retried=lambda request: metrics.retries.labels(self._host, _tenant(request)).inc(),
            trouble=self._trouble,
            logger=options.logger,
        )
        self.outbox.hold_back(spec.incomplete)
        self._task: asyncio.Task[None] | None = None

    def complete(self, spec: Spec) -> None:
        """Go on as `spec`, which completes the present one: nothing has been sent yet."""
        self.spec = spec
        self._headers = _headers(self._options, spec.arguments)
        self._http = HttpClient(spec.arguments)
        self.outbox.hold_back(spec.incomplete)

    def start(self, group: asyncio.TaskGroup) -> None:
        # Only one endpoint of a name works at a time, so the names that dashboards see stay unique.
        self._metrics.watch(self.spec.name, self.outbox)
        self._task = group.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self.outbox.run()
        finally:
            # What is still being gathered is not acknowledged, and leaves the books with its batches.
            for building in self._batcher.open.values():
                if building.timer is not None:
                    building.timer.cancel()
            self._account.take(-self._batcher.held)
            self._batcher.open.clear()
            await self._http.close()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def drain(self) -> None:
        for tenant in list(self._batcher.open):
            self._flush(tenant)
        wal, queue = self.spec.wal, self.spec.arguments.queue_config
        await self.outbox.drain((wal.drain_timeout if wal.enabled else queue.drain_timeout).seconds)

    def take(self, encoded: Encoded, delivery: Delivery) -> None:
        """Take a batch with one branch of its delivery; never waits (see `Outbox.room`)."""
        self._account.take(len(encoded))
        for request in self._batcher.add(encoded, delivery):
            self.outbox.offer(request, booked=True)
        for tenant, building in self._batcher.open.items():
            if building.timer is None:
                self._metrics.begin(self._host, tenant)
                wait = self.spec.arguments.batch_wait.seconds
                building.timer = asyncio.get_running_loop().call_later(wait, self._flush, tenant)

    def _flush(self, tenant: str) -> None:
        self.outbox.offer(self._batcher.seal(tenant), booked=True)

    async def _send(self, request: Request) -> Outcome:
        arguments, tenant = self.spec.arguments, _tenant(request)
        self._metrics.begin(self._host, tenant)
        begin = time.perf_counter()
        status, detail, after = -1, "", None
        try:
            response = await self._http.request(
                "POST",
                arguments.url,
                body=request.body,
                headers={**self._headers, **request.headers} if tenant else self._headers,
                seconds=arguments.remote_timeout.seconds,
            )
        except HttpError as error:
            detail = str(error)
        else:
            status, after = response.status, response.retry_after
            detail = f"{status}: {response.body.decode('utf-8', 'replace').partition(chr(10))[0]}"
        self._metrics.duration.labels(str(status), self._host, tenant).observe(time.perf_counter() - begin)
        self._metrics.request_size.labels(self._host, tenant).observe(len(request.body))
        return self._outcome(request, status, detail, after)

    def _outcome(self, request: Request, status: int, detail: str, after: float | None) -> Outcome:
        if 200 <= status < 300:
            tenant = _tenant(request)
            self._metrics.sent_bytes.labels(self._host, tenant).inc(len(request.body))
            self._metrics.sent_entries.labels(self._host, tenant).inc(request.records)
            return Delivered()
        reason = "rate_limited" if status == 429 else "ingester_error"
        again = self.spec.arguments.retry_on_http_429 if status == 429 else status == -1 or status >= 500
        return Retry(reason, after, detail) if again else Refused(reason, detail)

    def _limited(self, tenant: str, records: int, size: int) -> None:
        self._account.drop(records, "stream_limited")
        self._count_drop(tenant, records, size, "stream_limited")

    def _lost(self, loss: Loss) -> None:
        self._count_drop(loss.headers.get(TENANT_HEADER, ""), loss.records, loss.size, loss.reason)

    def _count_drop(self, tenant: str, records: int, size: int, reason: str) -> None:
        self._metrics.begin(self._host, tenant)
        self._metrics.dropped_entries.labels(self._host, tenant, reason).inc(records)
        self._metrics.dropped_bytes.labels(self._host, tenant, reason).inc(size)

    def _trouble(self, reason: str | None) -> None:
        problem = "" if reason is None else f"endpoint `{self.spec.name}`: {reason}"
        if problem == self.problem:
            return
        self.problem = problem
        if problem:
            self._options.logger.error(problem)
        else:
            self._options.logger.info("the spool takes requests again", extra={"fields": {"endpoint": self.spec.name}})
        self._report()


def _settings(spec: Spec) -> Settings:
    arguments, queue = spec.arguments, spec.arguments.queue_config
    return Settings(
        capacity=int(queue.capacity),
        in_flight=max(_IN_FLIGHT, queue.min_shards),
        min_backoff=arguments.min_backoff_period.seconds,
        max_backoff=arguments.max_backoff_period.seconds,
        max_retries=arguments.max_backoff_retries,
        block_on_overflow=queue.block_on_overflow,
        write_through=spec.wal.enabled,
    )


def _headers(options: Options, arguments: EndpointOptions) -> dict[str, str]:
    """`headers`, over them what the protocol needs; a tenant's header comes over both, request by request."""
    services = options.services
    fixed = {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "User-Agent": f"kmon/{services.version}",
    }
    if services.instance_id:
        fixed |= {"X-Agent-Id": services.instance_id, "X-Alloy-Id": services.instance_id}
    taken = {name.lower() for name in fixed}
    if arguments.tenant_id:
        taken.add(TENANT_HEADER.lower())
    own = {}
    for name, value in arguments.headers.items():
        if name.lower() not in taken:
            own[TENANT_HEADER if name.lower() == TENANT_HEADER.lower() else name] = value
    return own | fixed


def _tenant(request: Request) -> str:
    return request.headers.get(TENANT_HEADER, "")
