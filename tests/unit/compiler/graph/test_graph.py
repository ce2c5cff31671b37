"""The resolved graph of a small pipeline."""

from __future__ import annotations

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import Graph, build_graph
from compiler.reporting import text_report
from compiler.syntax import parse

PIPELINE = """
loki.source.file "in" {
  targets    = local.file_match.logs.targets
  forward_to = [loki.process.p.receiver, loki.echo.e.receiver]
}

local.file_match "logs" {
  path_targets = [{__path__ = "/var/log/*.log"}]
}

loki.process "p" {
  forward_to = [loki.write.out.receiver]
}

loki.echo "e" { }

loki.write "out" {
  endpoint {
    url = local.file.url.content
  }
}

local.file "url" {
  filename = "/etc/url"
}

logging {
  level = "debug"
}
"""


def build(text: str) -> tuple[Graph, Diagnostics]:
    diagnostics = Diagnostics()
    graph = build_graph([parse(Source("config.alloy", text), diagnostics)], load_catalog(), diagnostics)
    check_graph(graph, diagnostics)
    return graph, diagnostics


def test_edges_run_with_the_data() -> None:
    graph, diagnostics = build(PIPELINE)
    assert not diagnostics.found
    assert {(edge.producer, edge.consumer, edge.signal) for edge in graph.edges} == {
        ("local.file_match.logs", "loki.source.file.in", "targets"),
        ("loki.source.file.in", "loki.process.p", "logs"),
        ("loki.source.file.in", "loki.echo.e", "logs"),
        ("loki.process.p", "loki.write.out", "logs"),
        ("local.file.url", "loki.write.out", "value"),
    }


def test_what_is_referred_to_comes_first() -> None:
    graph, _ = build(PIPELINE)
    place = {id: index for index, id in enumerate(graph.order)}
    assert set(graph.order) == set(graph.nodes)
    assert all(place[reference.target] < place[id] for id, node in graph.nodes.items() for reference in node.references)


def test_a_cycle_is_named_all_the_way_round() -> None:
    one, other = (f'loki.process "{a}" {{\n  forward_to = [loki.process.{b}.receiver]\n}}\n' for a, b in ("ab", "ba"))
    _, diagnostics = build(one + other)
    assert [d.code for d in diagnostics] == ["KM300", "KM300"]
    assert diagnostics.found[0].message == "cycle detected: `loki.process.a` → `loki.process.b` → `loki.process.a`"


def test_a_wrong_receiver_on_an_edge_is_found_at_its_element() -> None:
    text = """
loki.source.file "in" {
  targets    = []
  forward_to = [loki.write.out.receiver, prometheus.remote_write.m.receiver]
}

loki.write "out" { }

prometheus.remote_write "m" { }
"""
    _, diagnostics = build(text)
    (found,) = diagnostics
    assert found.span is not None
    assert (found.span.position, found.span.end - found.span.start) == (
        (4, 42),
        len("prometheus.remote_write.m.receiver"),
    )
    assert "loki.LogsReceiver" in found.message
    assert "prometheus.MetricsReceiver" in found.message


def test_a_reference_that_is_near_is_suggested() -> None:
    _, diagnostics = build(
        'loki.process "p" {\n  forward_to = [loki.write.logs.reciever, loki.write.log.receiver]\n}\nloki.write "logs" { }\n'
    )
    assert [d.help for d in diagnostics] == ["did you mean `receiver`?", "did you mean `loki.write.logs`?"]


def test_an_error_is_shown_with_excerpt_and_caret() -> None:
    _, diagnostics = build(
        'loki.write "w" {\n\tendpoint {\n\t\turl        = "http://l"\n\t\ttennant_id = "a"\n\t}\n}\n'
    )
    assert text_report(diagnostics) == (
        "config.alloy:4:3: error[KM260]: unrecognized attribute `tennant_id` in `endpoint`\n"
        '  4 |         tennant_id = "a"\n'
        "    |         ^^^^^^^^^^^^^^^^\n"
        "help: did you mean `tenant_id`?\n"
    )
