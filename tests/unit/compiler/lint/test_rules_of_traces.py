"""Traces: what looks like a mistake and is none."""

from __future__ import annotations

import pytest

from tests.unit.compiler.lint.pages import found
from tests.unit.compiler.lint.parts import (
    METRICS,
    TRACES,
    otlp,
)

SPANS = """otelcol.connector.spanmetrics "c" {
  metrics_expiration = "15m"
  histogram {
    explicit { }
  }
  output {
    metrics = [otelcol.exporter.prometheus.p.input]
  }
}
otelcol.exporter.prometheus "p" {
  forward_to = [prometheus.remote_write.w.receiver]
}
"""
TAIL = """otelcol.processor.tail_sampling "t" {
  policy {
    name = "all"
    type = "always_sample"
  }
  output {
    traces = [otelcol.exporter.otlp.o.input]
  }
}
"""
OWN_RECEIVER = """otelcol.receiver.otlp "own" {
  grpc {
    endpoint = "0.0.0.0:5317"
  }
  output {
    traces = [otelcol.processor.tail_sampling.t.input]
  }
}
"""
BALANCER = """otelcol.exporter.loadbalancing "b" {
  resolver {
    static {
      hostnames = ["a:4317", "b:4317"]
    }
  }
  protocol {
    otlp {
      client { }
    }
  }
}
"""
DETECTION = """otelcol.processor.resourcedetection "d" {
  detectors = %s
%s  output {
    traces = [otelcol.exporter.otlp.o.input]
  }
}
"""

TRACING = {
    "sampled on one replica": (
        "workload=deployment replicas=1",
        otlp("otelcol.processor.tail_sampling.t") + TAIL + TRACES,
    ),
    "balanced in the same text": (
        "workload=deployment replicas=3",
        otlp("otelcol.exporter.loadbalancing.b") + OWN_RECEIVER + TAIL + TRACES + BALANCER,
    ),
    "the collector's own name is a label": (
        "workload=daemonset",
        otlp("otelcol.connector.spanmetrics.c")
        + SPANS.replace("  histogram", "  include_collector_instance_id = true\n  histogram")
        + METRICS,
    ),
    "a label from the environment": (
        "workload=daemonset",
        otlp("otelcol.connector.spanmetrics.c")
        + SPANS
        + METRICS.replace("  endpoint", '  external_labels = {node = sys.env("HOSTNAME")}\n  endpoint'),
    ),
    "metrics in front of the sampler": (
        "",
        otlp("otelcol.processor.tail_sampling.t", "otelcol.connector.spanmetrics.c") + TAIL + TRACES + SPANS + METRICS,
    ),
    "deltas are forgotten": (
        "",
        otlp("otelcol.connector.spanmetrics.c")
        + SPANS.replace('metrics_expiration = "15m"', 'aggregation_temporality = "DELTA"')
        + METRICS,
    ),
    "an agent of the host": (
        "workload=none",
        otlp("otelcol.processor.resourcedetection.d") + DETECTION % ('["system"]', "") + TRACES,
    ),
    "detection without the host": (
        "workload=deployment",
        otlp("otelcol.processor.resourcedetection.d") + DETECTION % ('["env", "eks"]', "") + TRACES,
    ),
    "the node of a node's own collector": (
        "workload=daemonset",
        otlp("otelcol.processor.resourcedetection.d") + DETECTION % ('["ec2"]', "") + TRACES,
    ),
    "the name is left alone": (
        "workload=daemonset",
        otlp("otelcol.processor.resourcedetection.d")
        + DETECTION
        % (
            '["system"]',
            "  system {\n    resource_attributes {\n      host.name {\n        enabled = false\n      }\n    }\n  }\n",
        )
        + TRACES,
    ),
}


@pytest.mark.parametrize("name", TRACING)
def test_tracing(name: str) -> None:
    options, text = TRACING[name]
    assert found(text, options) == []


def test_expressions_and_words_that_are_right() -> None:
    statements = 'statements = [`set(attributes["a"], "x") where IsMatch(name, "^[a-z]+\\\\d$")`, `replace_pattern(name, "(\\\\d+)", "n")`]'
    transform = (
        f'otelcol.processor.transform "t" {{\n  trace_statements {{\n    context = "span"\n    {statements}\n  }}\n'
    )
    text = (
        otlp("otelcol.processor.transform.t")
        + transform
        + "  output {\n    traces = [otelcol.exporter.otlp.o.input]\n  }\n}\n"
        + TRACES
    )
    assert found(text) == []
    assert [code for code, _, _ in found(text.replace("^[a-z]+", "(?=x)"))] == ["KM287"]
