"""What stages read, and the names that they set: mistakes beside what looks like one."""

from __future__ import annotations

import pytest

from tests.unit.compiler.lint.pages import found
from tests.unit.compiler.lint.parts import FILE, LOKI, METRICS, otlp

SOURCE = FILE.replace("loki.write.w", "loki.process.p")


def codes(stages: str) -> list[str]:
    process = f'loki.process "p" {{\n  forward_to = [loki.write.w.receiver]\n{stages}\n}}\n'
    return [code for code, _, _ in found(SOURCE + process + LOKI)]


JSON = '  stage.json {\n    expressions = {level = "", id = "trace_id"}\n  }\n'


@pytest.mark.parametrize(
    ("stages", "wanted"),
    [
        ('  stage.drop {\n    source = "level"\n    value = "debug"\n  }', ["KM420"]),
        (JSON + '  stage.drop {\n    source = "level, app"\n    value = "debug"\n  }', []),
        (
            '  stage.metrics {\n    metric.counter {\n      name = "a"\n      source = "size"\n      action = "add"\n    }\n  }',
            ["KM420"],
        ),
        (
            '  stage.metrics {\n    metric.counter {\n      name = "lines"\n      match_all = true\n      action = "inc"\n    }\n  }',
            [],
        ),
        ('  stage.tenant {\n    label = "team"\n  }', ["KM414"]),
        ('  stage.tenant {\n    label = "app"\n  }', []),
        ('  stage.static_labels {\n    values = {team = "x"}\n  }\n  stage.tenant {\n    label = "team"\n  }', []),
        ('  stage.pack {\n    labels = ["app", "pod"]\n  }', ["KM414"]),
        (JSON + "  stage.labels {\n    values = {id = null}\n  }", ["KM431"]),
        (JSON + "  stage.labels {\n    values = {level = null}\n  }", []),
        (JSON + '  stage.structured_metadata {\n    values = {id = ""}\n  }', []),
    ],
)
def test_stages(stages: str, wanted: list[str]) -> None:
    assert codes(stages) == wanted


def test_names_of_labels_of_targets() -> None:
    assert [code for code, _, _ in found(FILE.replace('"app"', '"my-app"') + LOKI)] == ["KM331"]


@pytest.mark.parametrize(("name", "wanted"), [("http.route", []), ("http.url", ["KM431"])])
def test_dimensions(name: str, wanted: list[str]) -> None:
    text = f"""otelcol.connector.spanmetrics "c" {{
  metrics_expiration = "15m"
  dimension {{
    name = "{name}"
  }}
  histogram {{
    explicit {{ }}
  }}
  output {{
    metrics = [otelcol.exporter.prometheus.p.input]
  }}
}}
otelcol.exporter.prometheus "p" {{
  forward_to = [prometheus.remote_write.w.receiver]
}}
"""
    assert [code for code, _, _ in found(otlp("otelcol.connector.spanmetrics.c") + text + METRICS)] == wanted


MODULE = """declare "m" {
  argument "every" {
    optional = true
    default  = "1m"
  }
  argument "on" { }
  prometheus.scrape "s" {
    targets         = argument.on.value
    forward_to      = [prometheus.remote_write.w.receiver]
    scrape_interval = argument.every.value
  }
  prometheus.remote_write "w" {
    endpoint {
      url = "http://mimir:9009/api/v1/push"
    }
  }
}
"""


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ('  on = [{"__address__" = "a:1"}]\n', []),
        ('  on = []\n  every = "30s"\n', []),
        ('  on = []\n  every = sys.env("EVERY")\n', []),
        ('  on = []\n  every = "soon"\n', ["KM286"]),
        ('  on = "a:1"\n', ["KM286"]),
    ],
)
def test_arguments_of_modules(arguments: str, wanted: list[str]) -> None:
    assert [code for code, _, _ in found(MODULE + f'm "x" {{\n{arguments}}}\n')] == wanted
