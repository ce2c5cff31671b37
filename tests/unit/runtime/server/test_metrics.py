"""`/metrics` of a running graph in which every kind of component stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from compiler.catalog import load_catalog
from compiler.diagnostics import Source
from runtime.component import Services
from runtime.engine import Engine, Settings
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.server.exposition import exposition
from runtime.server.metrics import ProcessMetrics, families
from tests.unit.runtime.components.harness import until

CONFIG = """
loki.source.file "NAME" {
  targets    = [{ "__path__" = "FOLDER/in.log" }]
  forward_to = [loki.relabel.NAME.receiver]
}

loki.relabel "NAME" {
  forward_to = [loki.process.NAME.receiver]
}

loki.process "NAME" {
  forward_to = [loki.write.NAME.receiver, loki.echo.NAME.receiver]

  stage.drop {
    expression = "unwanted"
  }

  stage.match {
    selector = "{filename=~\\".+\\"}"

    stage.cri { }
    stage.drop {
      expression          = "also"
      drop_counter_reason = "a \\"reason\\"\\n\\\\"
    }
  }
}

loki.echo "NAME" { }

loki.write "NAME" {
  endpoint {
    name = "first/one"
    url  = "http://127.0.0.1:9/loki/api/v1/push"
  }

  endpoint {
    url = "http://127.0.0.1:9/other"
  }
}

local.file "NAME" {
  filename = "FOLDER/in.log"
}
"""


async def test_valid_and_each_series_once(tmp_path: Path) -> None:
    (tmp_path / "in.log").write_text("one\nunwanted\nalso\ntwo\n")
    text = "".join(CONFIG.replace("NAME", name).replace("FOLDER", str(tmp_path)) for name in ("a", "b"))
    services = Services(Ledger(), Clusters(), version="1.2.3", spool_bytes=0)
    engine = Engine(lambda _: [Source("c.alloy", text)], services, Settings(tmp_path / "data"), load_catalog())
    process = ProcessMetrics("1.2.3")
    async with engine:
        await engine.reload()
        passed = {
            "component_path": "/",
            "component_id": "loki.echo.b",
            "endpoint": "",
            "outcome": "passed",
            "reason": "",
        }

        def page() -> str:
            return exposition(families(process, engine, services.ledger))

        await until(lambda: samples(page()).get(named("kmon_records_total", passed)) == 2)
        found = page()
        engine.force()
    for kind in ("HELP", "TYPE"):
        names = Counter(line.split()[2] for line in found.splitlines() if line.startswith(f"# {kind} "))
        assert [name for name, count in names.items() if count > 1] == []
    places = Counter(
        (dict(labels).get("component_path"), dict(labels).get("component_id")) for _, labels in samples(found)
    )
    for kind in ("source.file", "relabel", "process", "write"):
        assert places["/", f"loki.{kind}.a"] == places["/", f"loki.{kind}.b"] > 0, kind
    endpoints = {dict(labels)["endpoint"] for name, labels in samples(found) if name == "kmon_records_held"}
    assert "first/one" in endpoints
    dropped = {"component_path": "/", "component_id": "loki.process.a", "reason": 'a "reason"\n\\'}
    assert samples(found)[named("loki_process_dropped_lines_total", dropped)] == 1


Key = tuple[str, tuple[tuple[str, str], ...]]


def samples(text: str) -> dict[Key, float]:
    """Every sample by name and labels; one that stands twice fails."""
    known: dict[Key, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = named(sample.name, sample.labels)
            assert key not in known, key
            known[key] = sample.value
    return known


def named(name: str, labels: Mapping[str, str]) -> Key:
    return name, tuple(sorted(labels.items()))
