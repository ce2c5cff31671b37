"""The controller's metrics, by Alloy's names."""

from __future__ import annotations

import contextlib
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["ControllerMetrics"]

_BUCKETS = (0.005, 0.025, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 600)
_CONTROLLER = ("controller_path", "controller_id")


class ControllerMetrics:
    """What the engine counts. `controller_id` is the module's id, empty for the root; the number of running components
    by health is read from the engine when metrics are served.
    """

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._evaluating = Gauge(
            "alloy_component_controller_evaluating",
            "Tracks if the controller is currently evaluating.",
            _CONTROLLER,
            registry=registry,
        )
        self._evaluation = Histogram(
            "alloy_component_evaluation_seconds",
            "Time spent evaluating a component.",
            _CONTROLLER,
            registry=registry,
            buckets=_BUCKETS,
        )
        self._waited = Histogram(
            "alloy_component_dependencies_wait_seconds",
            "Time from a change of exports until a dependant is evaluated.",
            _CONTROLLER,
            registry=registry,
            buckets=_BUCKETS,
        )
        self._queued = Gauge(
            "alloy_component_evaluation_queue_size",
            "Components that wait to be evaluated.",
            _CONTROLLER,
            registry=registry,
        )
        self.restarts = Counter(
            "kmon_component_restarts",
            "Starts again of a component that failed.",
            ["component_id", "component_path"],
            registry=registry,
        )
        self._hash = Gauge(
            "alloy_config_hash", "Hash of the loaded configuration.", ["sha256", "cluster_name"], registry=registry
        )
        self._successful = Gauge(
            "alloy_config_last_load_successful",
            "Whether the last load of the configuration was successful.",
            registry=registry,
        )
        self._successful_at = Gauge(
            "alloy_config_last_load_success_timestamp_seconds",
            "When the configuration was last loaded successfully.",
            registry=registry,
        )
        self._failures = Counter("alloy_config_load_failures", "Failed loads of the configuration.", registry=registry)
        self.controller("")

    def controller(self, module_id: str) -> None:
        """Show a module's series from the start, not from its first evaluation on."""
        for metric in (self._evaluating, self._evaluation, self._waited, self._queued):
            metric.labels("/", module_id)

    def forget(self, module_id: str) -> None:
        """A module that is gone has no series."""
        for metric in (self._evaluating, self._evaluation, self._waited, self._queued):
            with contextlib.suppress(KeyError):
                metric.remove("/", module_id)

    def evaluating(self, module_id: str, now: bool) -> None:
        self._evaluating.labels("/", module_id).set(now)

    def evaluated(self, module_id: str, seconds: float) -> None:
        self._evaluation.labels("/", module_id).observe(seconds)

    def waited(self, module_id: str, seconds: float) -> None:
        self._waited.labels("/", module_id).observe(seconds)

    def queued(self, length: int) -> None:
        self._queued.labels("/", "").set(length)

    def loaded(self, sha256: str) -> None:
        self._hash.clear()
        self._hash.labels(sha256, "").set(1)
        self._successful.set(1)
        self._successful_at.set(time.time())

    def load_failed(self) -> None:
        self._successful.set(0)
        self._failures.inc()
