"""Delivery: what looks like a mistake and is none."""

from __future__ import annotations

import pytest

from tests.unit.compiler.lint.pages import found
from tests.unit.compiler.lint.parts import (
    FILE,
    LOKI,
    METRICS,
    TARGET,
    TRACES,
    exporter,
    otlp,
    scrape,
)

OTHER_LOKI = LOKI.replace('"w"', '"v"').replace("loki:", "audit:")
TO_BOTH = 'loki.source.api "in" {\n  forward_to = [loki.write.w.receiver, loki.write.v.receiver]\n}\n'

DELIVERY = {
    "a write-ahead log decouples": TO_BOTH
    + (LOKI + OTHER_LOKI).replace("  }\n}", "  }\n  wal {\n    enabled = true\n  }\n}"),
    "what drops does not block": TO_BOTH
    + (LOKI + OTHER_LOKI).replace('push"\n', 'push"\n    queue_config {\n      block_on_overflow = false\n    }\n'),
    "metrics are on disk before they are sent": scrape('[{"__address__" = "a:1"}]').replace(
        "w.receiver", "w.receiver, prometheus.remote_write.v.receiver"
    )
    + METRICS
    + METRICS.replace('"w"', '"v"').replace("mimir", "other"),
    "a queue of traces does not block": otlp("otelcol.exporter.otlp.o", "otelcol.exporter.otlp.p")
    + TRACES
    + TRACES.replace('"o"', '"p"'),
    "two stages before one destination": 'loki.source.api "in" {\n  forward_to = [loki.process.a.receiver, loki.process.b.receiver]\n}\n'
    + "".join(
        f'loki.process "{one}" {{\n  forward_to = [loki.write.w.receiver]\n  stage.cri {{ }}\n}}\n' for one in "ab"
    )
    + LOKI,
    "one list, two sources": FILE
    + FILE.replace('"f"', '"g"').replace("a.log", "b.log").replace("write.w", "write.v")
    + LOKI
    + OTHER_LOKI,
    "who waits for the answer needs no queue": otlp("otelcol.exporter.otlp.o")
    + exporter("  sending_queue {\n    enabled = false\n  }\n  retry_on_failure {\n    enabled = false\n  }\n"),
}


@pytest.mark.parametrize("name", DELIVERY)
def test_delivery(name: str) -> None:
    assert found(DELIVERY[name]) == []


def test_kmon_itself_keeps_destinations_apart() -> None:
    assert [code for code, _, _ in found(TO_BOTH + LOKI + OTHER_LOKI)] == ["KM810"]
    assert found(TO_BOTH + LOKI + OTHER_LOKI, "isolated=yes") == []


@pytest.mark.parametrize(
    "options", ["workload=daemonset", "workload=none storage=temporary", "workload=daemonset storage=persistent"]
)
def test_positions_that_stay_or_are_not_known(options: str) -> None:
    assert found(FILE + LOKI, options) == []


BATCH = """otelcol.processor.batch "b" {
  send_batch_size     = 9000
  send_batch_max_size = 0
  output {
    traces = [otelcol.exporter.otlp.o.input]
  }
}
"""
LIMITS = {
    "no maximum": otlp("otelcol.processor.batch.b") + BATCH + TRACES,
    "retries for ever": otlp("otelcol.exporter.otlp.o")
    + exporter('  retry_on_failure {\n    max_interval = "1h"\n    max_elapsed_time = "0s"\n  }\n'),
    "only running shows": otlp("otelcol.exporter.otlp.o")
    + exporter('  retry_on_failure {\n    max_interval = sys.env("MAX")\n  }\n'),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name: str) -> None:
    assert found(LIMITS[name]) == []


URLS = [
    ("loki", "https://me.grafana.net/loki/api/v1/push"), ("loki", "http://gateway/tenants/loki/api/v1/push?x=1"),
    ("loki", "http://victoria:9428/insert/loki/api/v1/push"), ("metrics", "https://prometheus-1.grafana.net/api/prom/push"),
    ("metrics", "http://prometheus:9090/api/v1/write"), ("metrics", "http://gateway/any/path"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "url"), URLS)
def test_urls(kind: str, url: str) -> None:
    text = (
        FILE + LOKI.replace("http://loki:3100/loki/api/v1/push", url)
        if kind == "loki"
        else (scrape(TARGET) + METRICS.replace("http://mimir:9009/api/v1/push", url))
    )
    assert found(text) == []


def test_headers_and_users_that_are_no_secrets() -> None:
    more = '\n    headers = {"X-Scope-OrgID" = "tenant", "Authorization" = sys.env("AUTH")}\n'
    assert found(FILE + LOKI.replace('push"\n', f'push"{more}')) == []
    assert found(FILE + LOKI.replace("http://loki", "http://me@loki")) == []


ROUTED = 'loki.source.api "in" {\n  forward_to = [loki.process.a.receiver, loki.write.w.receiver]\n}\n'
PROCESS = 'loki.process "a" {\n  forward_to = [loki.write.w.receiver]\n%s}\n'


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        ("", ["KM319"]),
        ("  stage.decolorize { }\n", ["KM319"]),
        ('  stage.static_labels {\n    values = {copy = "yes"}\n  }\n', []),
        ('  stage.tenant {\n    value = "audit"\n  }\n', []),
        ('  stage.drop {\n    expression = "debug"\n  }\n', []),
    ],
)
def test_a_second_way_to_one_destination(stages: str, wanted: list[str]) -> None:
    assert [code for code, _, _ in found(ROUTED + PROCESS % stages + LOKI)] == wanted


@pytest.mark.parametrize(
    "stage",
    [
        'stage.drop {\n    older_than = "1h"\n  }',
        'stage.drop {\n    expression = ".+"\n    source = "level"\n  }',
        'stage.match {\n    selector = "{app=~\\".+\\"}"\n    action = "drop"\n  }',
        'stage.match {\n    selector = "{app=~\\".*\\"} |= \\"debug\\""\n    action = "drop"\n  }',
        'stage.match {\n    selector = "{app=~\\".*\\"}"\n    stage.decolorize { }\n  }',
    ],
)
def test_what_drops_some_lines(stage: str) -> None:
    source = 'loki.source.api "in" {\n  forward_to = [loki.process.a.receiver]\n}\n'
    assert found(source + PROCESS % f"  {stage}\n" + LOKI) == []
