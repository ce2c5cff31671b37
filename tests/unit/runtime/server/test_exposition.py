from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.server.exposition import exposition, go_float


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-2.5, "-2.5"),
        (0.005, "0.005"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (999999, "999999"),
        (1000000, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (1.7e9, "1.7e+09"),
        (120, "120"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_are_gos(value: float, text: str) -> None:
    assert go_float(value) == text


def test_families_of_one_name_are_one_and_labels_are_added() -> None:
    families = []
    for component_id in ("local.file.a", "local.file.b"):
        registry = CollectorRegistry()
        Counter("reads", "How often.\nIn all.", ["why"], registry=registry).labels('say "hi"\\').inc(2)
        families += [(family, {"component_id": component_id}) for family in registry.collect()]
    assert exposition(families).splitlines() == [
        "# HELP reads_total How often.\\nIn all.",
        "# TYPE reads_total counter",
        'reads_total{component_id="local.file.a",why="say \\"hi\\"\\\\"} 2',
        'reads_total{component_id="local.file.b",why="say \\"hi\\"\\\\"} 2',
    ]


def test_a_histogram_is_whole() -> None:
    registry = CollectorRegistry()
    Histogram("took_seconds", "Time.", buckets=(0.5, 1), registry=registry).observe(0.75)
    Gauge("size", "Size.", registry=registry).set(3)
    assert exposition((family, {}) for family in registry.collect()).splitlines() == [
        "# HELP size Size.",
        "# TYPE size gauge",
        "size 3",
        "# HELP took_seconds Time.",
        "# TYPE took_seconds histogram",
        'took_seconds_bucket{le="0.5"} 0',
        'took_seconds_bucket{le="1"} 1',
        'took_seconds_bucket{le="+Inf"} 1',
        "took_seconds_count 1",
        "took_seconds_sum 0.75",
    ]
