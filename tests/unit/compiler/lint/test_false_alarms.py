"""Sound configurations at which a rule stays silent; one change to each, and it speaks."""

from __future__ import annotations

import pytest

from tests.unit.compiler.lint.pages import found

WRITE = 'loki.write "out" {\n endpoint {\n url = "http://loki:3100/loki/api/v1/push"\n }\n}\n'
METRICS = 'prometheus.remote_write "out" {\n endpoint {\n url = "http://mimir:9009/api/v1/push"\n }\n}\n'
TRACES = 'otelcol.exporter.otlphttp "out" {\n client {\n endpoint = "http://tempo:4318"\n }\n}\n'
FILE = """loki.source.file "in" {
  targets    = [{"__path__" = "/var/log/app.log", "job" = "app", "host" = "a"}]
  forward_to = [loki.process.p.receiver]
}
"""

SENDS_TRACES_BESIDE_TARGETS = """beyla.ebpf "b" {
  output {
    traces = [otelcol.exporter.otlphttp.out.input]
  }
}
"""
SENDS_LOGS_BESIDE_TARGETS = """database_observability.mysql "m" {
  data_source_name = sys.env("DSN")
  forward_to       = [loki.write.out.receiver]
  targets          = []
}
"""
PROBED_OVER_HTTP = """prometheus.exporter.blackbox "b" {
  config = "{ modules: { http_2xx: { prober: http } } }"
}
prometheus.operator.probes "p" {
  forward_to = [prometheus.remote_write.out.receiver]
}
"""
PULLS_AND_HAS_AN_INPUT = """otelcol.receiver.googlecloudpubsub "g" {
  project      = "p"
  subscription = "projects/p/subscriptions/s"
  encoding     = "otlp_proto_trace"
  output {
    traces = [otelcol.exporter.otlphttp.out.input]
  }
}
"""
DEFAULT_FOR_A_MISSING_LABEL = """discovery.relabel "r" {
  targets = [{"__address__" = "a:1"}]
  rule {
    source_labels = ["cluster"]
    regex         = ""
    target_label  = "cluster"
    replacement   = "prod"
  }
}
prometheus.scrape "s" {
  targets    = discovery.relabel.r.output
  forward_to = [prometheus.remote_write.out.receiver]
}
"""
REMOVED_ONLY_WHERE_EMPTY = """discovery.relabel "r" {
  targets = [{"__address__" = "a:1", "app" = "shop"}]
  rule {
    source_labels = ["app"]
    regex         = ""
    target_label  = "app"
    replacement   = ""
  }
  rule {
    source_labels = ["app"]
    target_label  = "service"
  }
}
prometheus.scrape "s" {
  targets    = discovery.relabel.r.output
  forward_to = [prometheus.remote_write.out.receiver]
}
"""
ORIGIN_IN_METADATA = """loki.source.file "in" {
  targets    = [{"__path__" = "/var/log/shop/web.log", "job" = "app"}]
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.regex {
    source     = "filename"
    expression = "/var/log/(?P<team>[^/]+)/"
  }
  stage.structured_metadata {
    values = {team = ""}
  }
}
"""
METRIC = """  stage.metrics {
    metric.counter {
      name      = "lines"
      match_all = true
      action    = "inc"
    }
  }
"""
LABEL_OF_A_METRIC = (
    FILE
    + """loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.static_labels {
    values = {team = "shop"}
  }
"""
    + METRIC
    + """  stage.label_keep {
    values = ["job", "host"]
  }
}
"""
)
LABEL_OF_A_TENANT = (
    FILE
    + """loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.static_labels {
    values = {team = "shop"}
  }
  stage.tenant {
    label = "team"
  }
  stage.label_keep {
    values = ["job", "host"]
  }
}
"""
)
LABEL_OF_A_LIMIT = (
    FILE
    + """loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.static_labels {
    values = {team = "shop"}
  }
  stage.limit {
    rate          = 10
    burst         = 10
    drop          = true
    by_label_name = "team"
  }
  stage.label_keep {
    values = ["job", "host"]
  }
}
"""
)
UNBOUNDED_ON_THE_WAY = (
    FILE
    + """loki.process "p" {
  forward_to = [loki.process.q.receiver]
  stage.logfmt {
    mapping = {pid = ""}
  }
  stage.labels {
    values = {pid = ""}
  }
}
loki.process "q" {
  forward_to = [loki.write.out.receiver]
  stage.label_keep {
    values = ["job", "host"]
  }
}
"""
)
INSTANCE_BY_ADDRESS = """discovery.kubernetes "k" {
  role = "pod"
}
discovery.relabel "r" {
  targets = discovery.kubernetes.k.targets
  rule {
    source_labels = ["__meta_kubernetes_pod_ip"]
    target_label  = "instance"
  }
}
prometheus.scrape "s" {
  targets    = discovery.relabel.r.output
  forward_to = [prometheus.remote_write.out.receiver]
}
"""
ADDRESS_TO_ENRICH_BY = """discovery.kubernetes "k" {
  role = "pod"
}
discovery.relabel "r" {
  targets = discovery.kubernetes.k.targets
  rule {
    source_labels = ["__meta_kubernetes_pod_ip"]
    target_label  = "ip"
  }
}
prometheus.enrich "e" {
  targets            = discovery.relabel.r.output
  target_match_label = "ip"
  labels_to_copy     = ["__meta_kubernetes_namespace"]
  forward_to         = [prometheus.remote_write.out.receiver]
}
prometheus.scrape "s" {
  targets    = [{"__address__" = "a:1"}]
  forward_to = [prometheus.enrich.e.receiver]
}
"""
ENRICHED = """discovery.kubernetes "k" {
  role = "pod"
}
loki.source.file "in" {
  targets    = [{"__path__" = "/var/log/app.log", "job" = "app", "pod" = "web"}]
  forward_to = [loki.enrich.e.receiver]
}
loki.enrich "e" {
  targets            = discovery.kubernetes.k.targets
  target_match_label = "__meta_kubernetes_pod_name"
  logs_match_label   = "pod"
  labels_to_copy     = ["__meta_kubernetes_pod_node_name", "owner"]
  forward_to         = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.secretfilter.s.receiver]
  stage.match {
    selector = "{owner=\\"x\\"}"
    stage.decolorize { }
  }
}
loki.secretfilter "s" {
  forward_to = [loki.relabel.r.receiver]
}
loki.relabel "r" {
  forward_to = [loki.write.out.receiver]
  rule {
    source_labels = ["owner"]
    target_label  = "team"
  }
}
"""
A_URL_FOR_THE_SIGNAL = """otelcol.receiver.otlp "in" {
  grpc { }
  output {
    traces = [otelcol.exporter.otlphttp.own.input]
  }
}
otelcol.exporter.otlphttp "own" {
  traces_endpoint = "http://tempo:4318/v1/traces"
  client {
    endpoint = "unused"
  }
}
"""
PACKED_FROM_THE_LINE = (
    FILE
    + """loki.process "p" {
  forward_to = [loki.write.out.receiver]
  stage.json {
    expressions = {user = ""}
  }
  stage.pack {
    labels = ["user", "host"]
  }
}
"""
)
ONE_BATCH_FOR_ALL = """otelcol.receiver.otlp "in" {
  grpc { }
  output {
    traces = [otelcol.processor.batch.b.input, otelcol.connector.spanmetrics.c.input]
    logs   = [otelcol.processor.batch.b.input]
  }
}
otelcol.connector.spanmetrics "c" {
  metrics_expiration = "5m"
  histogram {
    explicit { }
  }
  output {
    metrics = [otelcol.processor.batch.b.input]
  }
}
otelcol.processor.batch "b" {
  output {
    traces  = [otelcol.exporter.otlphttp.out.input]
    metrics = [otelcol.exporter.otlphttp.out.input]
    logs    = [otelcol.exporter.loki.l.input]
  }
}
otelcol.exporter.loki "l" {
  forward_to = [loki.write.out.receiver]
}
"""
BOOKMARKS = """loki.source.windowsevent "w" {
  eventlog_name = "System"
  bookmark_path = "C:\\\\bookmarks\\\\system.xml"
  forward_to    = [loki.write.out.receiver]
}
"""
PODS_THROUGH_THE_API = """discovery.kubernetes "pods" {
  role = "pod"
}
discovery.relabel "pods" {
  targets = discovery.kubernetes.pods.targets
  rule {
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }
  rule {
    source_labels = ["__meta_kubernetes_pod_uid"]
    replacement   = "/var/log/pods/*$1/*/*.log"
    target_label  = "__path__"
  }
}
loki.source.kubernetes "pods" {
  targets    = discovery.relabel.pods.output
  forward_to = [loki.write.out.receiver]
}
"""
QUEUE = """otelcol.storage.file "q" {
  directory = sys.env("QUEUE_FOLDER")
}
otelcol.receiver.otlp "in" {
  grpc { }
  output {
    traces = [otelcol.exporter.otlphttp.out.input]
  }
}
otelcol.exporter.otlphttp "out" {
  client {
    endpoint = "http://tempo:4318"
  }
  sending_queue {
    storage = otelcol.storage.file.q.handler
  }
}
"""

CASES = {
    "traces beside targets": (
        "KM311",
        SENDS_TRACES_BESIDE_TARGETS + TRACES,
        ("output {\n    traces = [otelcol.exporter.otlphttp.out.input]\n  }", ""),
    ),
    "logs beside targets": ("KM311", SENDS_LOGS_BESIDE_TARGETS + WRITE, None),
    "asked over HTTP what to probe": (
        "KM311",
        PROBED_OVER_HTTP + METRICS,
        ('config = "', 'targets = [{"name" = "a", "address" = "http://a"}]\n config = "'),
    ),
    "reads by itself": ("KM310", PULLS_AND_HAS_AN_INPUT + TRACES, None),
    "a default where a label is missing": (
        "KM334",
        DEFAULT_FOR_A_MISSING_LABEL + METRICS,
        ('regex         = ""', 'regex         = "dev-.*"'),
    ),
    "a label that a rule removes only where it is empty": (
        "KM334",
        REMOVED_ONLY_WHERE_EMPTY + METRICS,
        ('regex         = ""', 'regex         = ".*"'),
    ),
    "where a line is from stands beside it": (
        "KM406",
        ORIGIN_IN_METADATA + WRITE,
        ("stage.structured_metadata {\n    values = {team", "stage.output {\n    source = {team"),
    ),
    "a label of a metric": ("KM408", LABEL_OF_A_METRIC + WRITE, (METRIC, "")),
    "a label that says the tenant": ("KM408", LABEL_OF_A_TENANT + WRITE, ('label = "team"', 'label = "host"')),
    "a label of a limit": ("KM408", LABEL_OF_A_LIMIT + WRITE, ('_name = "team"', '_name = "host"')),
    "a label of many values that goes behind": (
        "KM431",
        UNBOUNDED_ON_THE_WAY + WRITE,
        ('"job", "host"', '"job", "host", "pid"'),
    ),
    "an instance by its address": ("KM431", INSTANCE_BY_ADDRESS + METRICS, ('"instance"', '"ip"')),
    "an address to enrich by": (
        "KM431",
        ADDRESS_TO_ENRICH_BY + METRICS,
        ('["__meta_kubernetes_namespace"]', '["ip"]'),
    ),
    "labels copied to lines, for a selector": ("KM407", ENRICHED + WRITE, ('_name", "owner"', '_name", "team"')),
    "labels copied to lines, for a rule": ("KM334", ENRICHED + WRITE, ('_name", "owner"', '_name", "team"')),
    "a URL for the signal": ("KM820", A_URL_FOR_THE_SIGNAL, ("http://tempo:4318/v1/traces", "tempo:4318/v1/traces")),
    "a value of the line that is packed": ("KM414", PACKED_FROM_THE_LINE + WRITE, ("{user", "{name")),
    "signals that share a component": (
        "KM810",
        ONE_BATCH_FOR_ALL + TRACES + WRITE,
        ("logs    = [", "logs    = [otelcol.exporter.otlphttp.out.input, "),
    ),
    "a queue in a folder that is not known": ("KM812", QUEUE, ('directory = sys.env("QUEUE_FOLDER")', "")),
    "a path that nobody reads a file at": (
        "KM404",
        PODS_THROUGH_THE_API + WRITE,
        ("loki.source.kubernetes", "loki.source.file"),
    ),
    "positions at a path of their own": ("KM812", BOOKMARKS + WRITE, ("bookmark_path", "locale = 1\n // ")),
}


@pytest.mark.parametrize(("code", "text", "change"), CASES.values(), ids=CASES)
def test_no_false_alarm(code: str, text: str, change: tuple[str, str] | None) -> None:
    options = "workload=daemonset storage=lost" if code == "KM812" else ""
    assert code not in {one[0] for one in found(text, options)}
    if change is not None:
        assert change[0] in text
        assert code in {one[0] for one in found(text.replace(*change), options)}
