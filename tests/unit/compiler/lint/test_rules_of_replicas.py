"""Several replicas, several scrapes, several ports: what looks like a mistake and is none."""

from __future__ import annotations

import pytest

from tests.unit.compiler.lint.pages import found
from tests.unit.compiler.lint.parts import (
    LOKI,
    METRICS,
    PODS,
    TARGET,
    relabelled,
    rule,
    scrape,
)

OWN_POD = """discovery.kubernetes "p" {
  role = "pod"
  selectors {
    role  = "pod"
    field = "spec.nodeName=" + sys.env("HOSTNAME")
  }
}
"""
NODES = 'discovery.kubernetes "n" {\n  role = "node"\n}\n'
REPLICAS = {
    "the process itself": 'prometheus.exporter.self "me" { }\n' + scrape("prometheus.exporter.self.me.targets"),
    "the own machine": scrape('[{"__address__" = "localhost:9100"}, {"__address__" = constants.hostname + ":9100"}]'),
    "the own node's pods": OWN_POD + scrape("discovery.kubernetes.p.targets"),
    "the own node by a rule": NODES
    + 'discovery.relabel "n" {\n  targets = discovery.kubernetes.n.targets\n  rule {\n    source_labels = ["__meta_kubernetes_node_name"]\n'
    '    regex = sys.env("HOSTNAME")\n    action = "keep"\n  }\n}\n' + scrape("discovery.relabel.n.output"),
    "clustered": NODES + scrape("discovery.kubernetes.n.targets", more="  clustering {\n    enabled = true\n  }\n"),
}


@pytest.mark.parametrize("name", REPLICAS)
def test_replicas(name: str) -> None:
    assert found(REPLICAS[name] + METRICS, "workload=daemonset") == []


def test_every_replica_reads() -> None:
    assert [code for code, _, _ in found(scrape(TARGET) + METRICS, "workload=statefulset replicas=2")] == ["KM730"]
    assert found(scrape(TARGET) + METRICS, "workload=statefulset") == []
    logs = 'loki.source.podlogs "l" {\n  forward_to = [loki.write.w.receiver]\n%s}\n' + LOKI
    assert [code for code, _, _ in found(logs % "", "workload=daemonset")] == ["KM730"]
    assert found(logs % "  node_filter {\n    enabled = true\n  }\n", "workload=daemonset") == []


def test_where_nobody_forms_a_cluster_clustering_shares_nothing() -> None:
    text = NODES + scrape("discovery.kubernetes.n.targets", more="  clustering {\n    enabled = true\n  }\n") + METRICS
    assert [code for code, _, _ in found(text, "workload=statefulset replicas=3 runtime=kmon")] == ["KM730"]
    assert found(text, "workload=statefulset replicas=3") == []
    assert found(text, "workload=statefulset replicas=1 runtime=kmon") == []


def test_where_nobody_forms_a_cluster_every_replica_reads_all_events() -> None:
    text = 'loki.source.kubernetes_events "e" {\n  forward_to = [loki.write.w.receiver]\n  clustering {\n    enabled = true\n  }\n}\n'
    assert [code for code, _, _ in found(text + LOKI, "workload=statefulset replicas=2 runtime=kmon")] == ["KM701"]
    assert found(text + LOKI, "workload=statefulset replicas=2") == []


SCRAPES = {
    "another path of the same address": scrape(TARGET) + scrape(TARGET, "t", '  metrics_path = "/other"\n'),
    "a label says the path": scrape(TARGET)
    + scrape('[{"__address__" = "app:8080", "__metrics_path__" = "/other"}]', "t"),
    "rules that choose": PODS
    + relabelled(rule("__meta_kubernetes_namespace", regex="a", action="keep"))
    + scrape("discovery.relabel.p.output")
    + relabelled(rule("__meta_kubernetes_namespace", regex="b", action="keep")).replace('"p"', '"q"')
    + scrape("discovery.relabel.q.output", "t"),
}


@pytest.mark.parametrize("name", SCRAPES)
def test_scrapes(name: str) -> None:
    assert found(SCRAPES[name] + METRICS) == []


def test_ports_of_different_protocols_and_addresses() -> None:
    listeners = "".join(
        f'  listener {{\n    address = "{host}:1514"\n    protocol = "{kind}"\n  }}\n'
        for host, kind in (
            ("127.0.0.1", "tcp"),
            ("10.0.0.1", "tcp"),
            ("0.0.0.0", "udp"),
        )
    )
    assert found(f'loki.source.syslog "s" {{\n{listeners}  forward_to = [loki.write.w.receiver]\n}}\n' + LOKI) == []


@pytest.mark.parametrize(
    ("hosts", "taken"),
    [
        (("127.0.0.1", "10.0.0.1", "127.0.0.1", "10.0.0.1"), [2, 3]),
        (("127.0.0.1", "10.0.0.1", "0.0.0.0"), [2]),
        (("", "127.0.0.1", "[::]"), [1, 2]),
    ],
)
def test_one_port_on_one_address_or_on_all(hosts: tuple[str, ...], taken: list[int]) -> None:
    listeners = "".join(f'listener {{\naddress = "{host}:1514"\n}}\n' for host in hosts)
    text = f'loki.source.syslog "s" {{\n{listeners}forward_to = [loki.write.w.receiver]\n}}\n' + LOKI
    assert [(code, line) for code, line, _ in found(text)] == [("KM315", 3 + 3 * at) for at in taken]


def test_a_flag_that_is_granted_or_not() -> None:
    text = 'foreach "x" {\n  collection = []\n  var = "one"\n  template { }\n}\n'
    assert [code for code, _, _ in found(text)] == ["KM318"]
    assert found(text, "stability=experimental") == []
    assert [code for code, _, _ in found(text, "stability=public-preview")] == ["KM247"]
