"""The metrics of a component's HTTP server, by the names that Alloy's have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, Histogram

__all__ = ["ServerMetrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100)
_BYTES = tuple(int(n * (1 << 20)) for n in (1, 2.5, 5, 10, 25, 50, 100, 250))


class ServerMetrics:
    """`namespace` is the component's name with underscores. A route is its path, also with underscores."""

    def __init__(self, registry: CollectorRegistry, namespace: str, connections: Callable[[], int]) -> None:
        route = ("method", "route")
        self._duration = Histogram(
            f"{namespace}_request_duration_seconds",
            "Time until requests are answered",
            (*route, "status_code", "ws"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._received = Histogram(
            f"{namespace}_request_message_bytes", "Sizes of requests", route, buckets=_BYTES, registry=registry
        )
        self._sent = Histogram(
            f"{namespace}_response_message_bytes", "Sizes of answers", route, buckets=_BYTES, registry=registry
        )
        self._inflight = Gauge(
            f"{namespace}_inflight_requests", "Requests that are not answered yet", route, registry=registry
        )
        open_now = Gauge(f"{namespace}_tcp_connections", "Connections that are open", ("protocol",), registry=registry)
        open_now.labels("http").set_function(connections)

    @contextmanager
    def inflight(self, method: str, path: str) -> Iterator[None]:
        gauge = self._inflight.labels(method, _route(path))
        gauge.inc()
        try:
            yield
        finally:
            gauge.dec()

    def observe(self, request: web.Request, path: str, response: web.Response, seconds: float) -> None:
        route = _route(path)
        self._duration.labels(request.method, route, str(response.status), "false").observe(seconds)
        self._received.labels(request.method, route).observe(request.content.total_bytes)
        self._sent.labels(request.method, route).observe(response.content_length or 0)


def _route(path: str) -> str:
    return path.strip("/").replace("/", "_")
