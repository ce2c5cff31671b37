"""The metrics of `loki.write`, by Alloy's names, and of its outboxes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.outbox import Outbox

__all__ = ["WriteMetrics"]

_TENANT = ("host", "tenant")
_REASONS = ("ingester_error", "rate_limited", "stream_limited", "line_too_long", "queue_is_full")
_KIB, _MIB = 1 << 10, 1 << 20
_SIZES = (_KIB, 4 * _KIB, 16 * _KIB, 64 * _KIB, 256 * _KIB, 512 * _KIB, *(n * _MIB for n in (1, 2, 4, 8, 16, 20)))
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class WriteMetrics:
    """Metrics of one `loki.write`, shared by its endpoints. Bytes are those of compressed bodies, as in Alloy."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, (*_TENANT, *labels), registry=registry)

        self.sent_bytes = counter("loki_write_sent_bytes_total", "Bytes sent")
        self.sent_entries = counter("loki_write_sent_entries_total", "Log entries sent")
        self.dropped_bytes = counter("loki_write_dropped_bytes_total", "Bytes dropped", "reason")
        self.dropped_entries = counter("loki_write_dropped_entries_total", "Log entries dropped", "reason")
        self.retries = counter("loki_write_batch_retries_total", "Requests that failed and are tried again")
        self.request_size = Histogram(
            "loki_write_request_size_bytes", "Sizes of requests", _TENANT, buckets=_SIZES, registry=registry
        )
        self.duration = Histogram(
            "loki_write_request_duration_seconds",
            "Duration of requests; status -1 where there was no answer",
            ("status_code", *_TENANT),
            buckets=_SECONDS,
            registry=registry,
        )
        endpoint = ("endpoint",)
        self._memory = Gauge("kmon_outbox_memory_bytes", "Requests in memory", endpoint, registry=registry)
        self._spool = Gauge("kmon_outbox_spool_bytes", "Disk in use", endpoint, registry=registry)
        self._held = Gauge("kmon_outbox_held_records", "Records in memory and on disk", endpoint, registry=registry)
        self._failing = Gauge("kmon_outbox_failing", "1 while the destination fails", endpoint, registry=registry)
        self._known: set[tuple[str, str]] = set()

    def begin(self, host: str, tenant: str) -> None:
        """All counters of a tenant exist from its first request on."""
        if (host, tenant) in self._known:
            return
        self._known.add((host, tenant))
        for counter in (self.sent_bytes, self.sent_entries, self.retries):
            counter.labels(host, tenant)
        for reason in _REASONS:
            self.dropped_bytes.labels(host, tenant, reason)
            self.dropped_entries.labels(host, tenant, reason)

    def watch(self, endpoint: str, outbox: Outbox) -> None:
        self._memory.labels(endpoint).set_function(lambda: outbox.memory_bytes)
        self._spool.labels(endpoint).set_function(lambda: outbox.spool_bytes)
        self._held.labels(endpoint).set_function(lambda: outbox.held)
        self._failing.labels(endpoint).set_function(lambda: float(outbox.failing))

    def forget(self, endpoint: str) -> None:
        for gauge in (self._memory, self._spool, self._held, self._failing):
            gauge.remove(endpoint)
