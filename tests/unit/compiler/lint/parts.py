"""Pieces of configurations that tests put together."""

from __future__ import annotations

__all__ = [
    "FILE", "LOKI", "METRICS", "PODS", "TARGET", "TRACES", "exporter", "otlp", "relabelled", "rule", "scrape",
]  # fmt: skip

LOKI = """loki.write "w" {
  endpoint {
    url = "http://loki:3100/loki/api/v1/push"
  }
}
"""
METRICS = """prometheus.remote_write "w" {
  endpoint {
    url = "http://mimir:9009/api/v1/push"
  }
}
"""
TRACES = """otelcol.exporter.otlp "o" {
  client {
    endpoint = "tempo:4317"
  }
}
"""
TARGET = '[{"__address__" = "app:8080"}]'
FILE = """loki.source.file "f" {
  targets = [{"__path__" = "/var/log/a.log", "app" = "x"}]
  forward_to = [loki.write.w.receiver]
}
"""
PODS = 'discovery.kubernetes "p" {\n  role = "pod"\n}\n'


def otlp(*to: str) -> str:
    """A receiver that sends traces to the components of these ids."""
    receivers = ", ".join(f"{one}.input" for one in to)
    return f'otelcol.receiver.otlp "in" {{\n  grpc {{ }}\n  output {{\n    traces = [{receivers}]\n  }}\n}}\n'


def rule(*sources: str, **arguments: str) -> str:
    """A relabel rule."""
    listed = ", ".join(f'"{one}"' for one in sources)
    written = "".join(f'    {name} = "{value}"\n' for name, value in arguments.items())
    return f"  rule {{\n    source_labels = [{listed}]\n{written}  }}\n"


def relabelled(*rules: str, targets: str = "discovery.kubernetes.p.targets") -> str:
    return f'discovery.relabel "p" {{\n  targets = {targets}\n{"".join(rules)}}}\n'


def scrape(targets: str, label: str = "s", more: str = "") -> str:
    receiver = "prometheus.remote_write.w.receiver"
    return f'prometheus.scrape "{label}" {{\n  targets = {targets}\n  forward_to = [{receiver}]\n{more}}}\n'


def exporter(more: str) -> str:
    """The exporter of `TRACES` with more in it."""
    return TRACES[: TRACES.rindex("}")] + more + "}\n"
