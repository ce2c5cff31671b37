"""Everything that `/metrics` shows: the process, the controller, every component's own registry, the ledger."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from runtime.engine import Engine
from runtime.ledger import Ledger

__all__ = ["ProcessMetrics", "families"]

Family = tuple[Metric, Mapping[str, str]]
_NONE: Mapping[str, str] = {}


class ProcessMetrics:
    """CPU, memory, files and start time of the process, under Prometheus' usual names and under Alloy's."""

    def __init__(self, version: str) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._version = version

    def collect(self) -> Iterator[Family]:
        build = GaugeMetricFamily(
            "alloy_build_info", "The build, with the constant value 1.", labels=["version", "goversion"]
        )
        build.add_metric([self._version, f"python{platform.python_version()}"], 1)
        yield build, _NONE
        for family in self._registry.collect():
            yield family, _NONE
            name = f"alloy_resources_{family.name}"
            if family.name.startswith("process_") and family.type == "gauge":
                yield GaugeMetricFamily(name, family.documentation, value=family.samples[0].value), _NONE


def families(process: ProcessMetrics, engine: Engine, ledger: Ledger) -> Iterator[Family]:
    """Component metrics get `component_path` and `component_id`, as in Alloy."""
    yield from process.collect()
    yield from ((family, _NONE) for family in engine.metrics.registry.collect())
    yield _running(engine), _NONE
    yield from ((family, _NONE) for family in _records(ledger))
    for instance in engine.instances():
        if instance.options is not None and instance.module.metered:
            labels = {"component_path": f"/{instance.module.id}", "component_id": instance.local_id}
            yield from ((family, labels) for family in instance.options.metrics.collect())


def _running(engine: Engine) -> Metric:
    family = GaugeMetricFamily(
        "alloy_component_controller_running_components",
        "Components by health.",
        labels=["controller_path", "controller_id", "health_type"],
    )
    counts = Counter((i.module.id, i.health.state) for i in engine.instances() if i.is_component and i.module.metered)
    for (module_id, state), count in counts.items():
        family.add_metric(["/", module_id, state], count)
    return family


def _records(ledger: Ledger) -> Iterator[Metric]:
    labels = ["component_path", "component_id", "endpoint"]
    total = CounterMetricFamily(
        "kmon_records",
        "Records that a component took, passed on, merged into others, gave back unacknowledged, or dropped for a reason.",
        labels=[*labels, "outcome", "reason"],
    )
    held = GaugeMetricFamily("kmon_records_held", "Records that a component keeps for now.", labels=labels)
    for account in ledger:
        module, _, local = account.component.rpartition("/")
        place = [f"/{module}", local, account.endpoint]
        total.add_metric([*place, "taken", ""], account.taken)
        total.add_metric([*place, "passed", ""], account.passed)
        total.add_metric([*place, "merged", ""], account.merged)
        total.add_metric([*place, "returned", ""], account.returned)
        for reason, records in account.dropped.items():
            total.add_metric([*place, "dropped", reason], records)
        held.add_metric(place, account.held())
    yield total
    yield held
