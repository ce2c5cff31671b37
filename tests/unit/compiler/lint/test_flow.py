"""Which labels and paths can exist where."""

from __future__ import annotations

import pytest

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import Graph, build_graph
from compiler.lint.flow import ANYTHING, Flow, Names
from compiler.lint.flow.kubernetes import kubernetes_labels
from compiler.lint.flow.relabel import apply, rules_of
from compiler.lint.flow.signals import Wire, passes
from compiler.lint.flow.stages import StageState, interpret
from compiler.syntax import parse

PODS = 'discovery.kubernetes "k" {\n role = "pod"\n}\n'


def graph(text: str) -> Graph:
    diagnostics = Diagnostics()
    found = build_graph([parse(Source("c", text), diagnostics)], load_catalog(), diagnostics)
    assert not diagnostics.errors, diagnostics.found
    return found


def flow(text: str, *opaque: str) -> Flow:
    return Flow(graph(text), frozenset(opaque))


def relabelled(labels: Names, rules: str) -> Names:
    block = next(parse(Source("c", f'discovery.relabel "r" {{\n{rules}\n}}'), Diagnostics()).body.blocks)
    for rule in rules_of(block):
        labels = apply(rule, labels)
    return labels


def staged(labels: Names, stages: str) -> tuple[list[tuple[str, StageState]], StageState]:
    block = next(parse(Source("c", f'loki.process "p" {{\n{stages}\n}}'), Diagnostics()).body.blocks)
    seen, end = interpret(block.body, StageState(labels, labels))
    return [(stage.type, state) for stage, state in seen], end


def test_names_that_can_be() -> None:
    names = Names(frozenset({"a"}), frozenset({"__meta_"}))
    assert [names.can(name) for name in ("a", "__meta_x", "b")] == [True, True, False]
    assert not names.closed
    assert names.visible() == Names(frozenset({"a"}))
    assert ANYTHING.visible() == ANYTHING
    assert (names | Names(frozenset({"b"}))).can("b")
    assert names.without(lambda name: name == "a") == Names(prefixes=frozenset({"__meta_"}))


def test_labels_of_kubernetes_by_role() -> None:
    pod, node = kubernetes_labels("pod"), kubernetes_labels("node")
    assert pod.can("__meta_kubernetes_pod_name")
    assert pod.can("__meta_kubernetes_pod_label_app")
    assert not pod.can("__meta_kubernetes_pod_nmae")
    assert not pod.can("__meta_kubernetes_service_name")
    assert node.can("__meta_kubernetes_node_address_InternalIP")
    assert kubernetes_labels(None) == ANYTHING


@pytest.mark.parametrize(
    ("rules", "known"),
    [
        ('rule {\n source_labels = ["a"]\n target_label = "c"\n}', {"a", "b", "c"}),
        ('rule {\n action = "labeldrop"\n regex = "a"\n}', {"b"}),
        ('rule {\n action = "labelkeep"\n regex = "a|z"\n}', {"a"}),
        ('rule {\n action = "labelkeep"\n regex = "[ab]"\n}', {"a", "b"}),
        ('rule {\n target_label = "a"\n replacement = ""\n}', {"b"}),
        ('rule {\n source_labels = ["b"]\n regex = "x"\n target_label = "a"\n replacement = ""\n}', {"a", "b"}),
        ('rule {\n action = "labelmap"\n regex = "a"\n replacement = "copy"\n}', {"a", "b", "copy"}),
        ('rule {\n action = "keep"\n source_labels = ["a"]\n regex = "x"\n}', {"a", "b"}),
    ],
)
def test_rules_over_known_names(rules: str, known: set[str]) -> None:
    assert relabelled(Names(frozenset({"a", "b"})), rules) == Names(frozenset(known))


def test_what_a_rule_copies_by_pattern_is_known_by_its_beginning() -> None:
    labels = relabelled(
        kubernetes_labels("pod"),
        'rule {\n action = "labelmap"\n regex = "__meta_kubernetes_pod_label_(.+)"\n replacement = "pod_$1"\n}',
    )
    assert labels.can("pod_app")
    assert not labels.can("app")


def test_an_unknown_rule_can_set_anything() -> None:
    labels = relabelled(Names(), 'rule {\n action = sys.env("A")\n target_label = "a"\n}')
    assert labels.can("whatever")


def test_targets_along_components() -> None:
    found = flow(
        PODS
        + """discovery.relabel "r" {
  targets = array.concat(discovery.kubernetes.k.targets, [{"__path__" = "/b.log", "app" = "x"}])
  rule {
    source_labels = ["__meta_kubernetes_pod_uid"]
    regex         = "(.+)"
    replacement   = "/var/log/pods/*$1/*.log"
    target_label  = "__path__"
  }
}
local.file_match "m" {
  path_targets = discovery.relabel.r.output
}
loki.source.file "f" {
  targets    = local.file_match.m.targets
  forward_to = [loki.relabel.l.receiver]
}
loki.relabel "l" {
  forward_to = [loki.echo.e.receiver]
  rule {
    target_label = "env"
    replacement  = "prod"
  }
}
loki.echo "e" { }
"""
    )
    targets = found.targets("local.file_match.m")
    assert [path.text for path in targets.paths] == ["/b.log", "/var/log/pods/*$1/*.log"]
    assert targets.known
    assert found.logs_out_of("loki.source.file.f").labels == Names(frozenset({"app", "filename"}))
    arrived = found.logs_into("loki.echo.e")
    assert (set(arrived.labels.known), set(arrived.sources)) == ({"app", "filename", "env"}, {"loki.source.file.f"})
    assert list(found.downstream("loki.source.file.f")) == ["loki.relabel.l", "loki.echo.e"]


def test_what_is_not_known_is_anything() -> None:
    text = PODS + 'loki.process "p" {\n forward_to = []\n}\n'
    assert flow(text).logs_into("loki.process.p").labels == Names()
    assert flow(text, "loki.process.p").logs_into("loki.process.p").labels == ANYTHING
    assert flow(text).nothing_arrives("loki.process.p")
    docker = 'discovery.docker "d" {\n host = "unix:///x"\n}\n'
    assert flow(docker).targets("discovery.docker.d").labels == ANYTHING


def test_a_path_that_is_always_written_takes_the_place_of_what_was_there() -> None:
    found = flow(
        'discovery.relabel "r" {\n targets = [{"__path__" = "/b.log"}]\n'
        ' rule {\n target_label = "__path__"\n replacement = "/c.log"\n }\n}'
    )
    assert [path.text for path in found.targets("discovery.relabel.r").paths] == ["/c.log"]


def test_labels_that_are_packed_are_those_of_the_source() -> None:
    _, end = staged(
        Names(frozenset({"app", "pod"})),
        'stage.static_labels {\n values = {z = "x"}\n}\nstage.pack {\n labels = ["pod", "z"]\n}',
    )
    assert set(end.labels.known) == {"app", "z"}


def test_a_path_that_is_copied_from_a_label_is_unknown() -> None:
    found = flow(
        PODS + 'discovery.relabel "r" {\n targets = discovery.kubernetes.k.targets\n rule {\n source_labels = '
        '["__meta_kubernetes_pod_annotation_path"]\n target_label = "__path__"\n }\n}'
    )
    assert not found.targets("discovery.relabel.r").known


@pytest.mark.parametrize(
    ("stages", "labels", "extracted"),
    [
        ('stage.json {\n expressions = {level = "", ts = "time"}\n}', {"app"}, {"app", "level", "ts"}),
        ("stage.cri { }", {"app", "stream"}, {"app", "flags", "stream", "content", "time"}),
        ('stage.regex {\n expression = "(?P<a>x)(y)"\n}', {"app"}, {"app", "a"}),
        ('stage.regex {\n expression = "(?P<a>x)"\n labels_from_groups = true\n}', {"app", "a"}, {"app", "a"}),
        ('stage.pattern {\n pattern = "<ip> - <_>"\n}', {"app"}, {"app", "ip"}),
        ('stage.static_labels {\n values = {team = "x"}\n}', {"app", "team"}, {"app"}),
        ('stage.label_drop {\n values = ["app"]\n}', set(), {"app"}),
        ('stage.label_keep {\n values = ["other"]\n}', set(), {"app"}),
        ('stage.structured_metadata {\n values = {app = ""}\n}', set(), {"app"}),
        (
            'stage.match {\n selector = "{app=\\"x\\"}"\n stage.docker { }\n}',
            {"app", "stream"},
            {"app", "output", "stream", "timestamp"},
        ),
    ],
)
def test_stages(stages: str, labels: set[str], extracted: set[str]) -> None:
    _, end = staged(Names(frozenset({"app"})), stages)
    assert (set(end.labels.known), set(end.extracted.known)) == (labels, extracted)
    assert end.labels.closed
    assert end.extracted.closed


def test_a_stage_that_is_not_known_extracts_anything() -> None:
    assert staged(Names(), "stage.windowsevent { }")[1].extracted == ANYTHING
    assert staged(Names(), 'stage.json {\n regex = "a.*"\n}')[1].extracted.can("ab")


def test_what_moves_to_metadata_is_remembered() -> None:
    seen, end = staged(
        Names(frozenset({"pod"})), 'stage.structured_metadata {\n values = {k8s_pod = "pod"}\n}\nstage.decolorize { }'
    )
    assert set(end.moved) == {"pod"}
    assert end.metadata.can("k8s_pod")
    assert [name for name, _ in seen] == ["stage.structured_metadata", "stage.decolorize"]


def test_the_signals_of_an_output_are_told_apart() -> None:
    wired = graph(
        """otelcol.receiver.otlp "in" {
  grpc { }
  output {
    traces = [otelcol.connector.spanmetrics.c.input, otelcol.processor.batch.b.input]
    logs   = [otelcol.processor.batch.b.input]
  }
}
otelcol.connector.spanmetrics "c" {
  histogram {
    explicit { }
  }
  output {
    metrics = [otelcol.processor.batch.b.input]
  }
}
otelcol.processor.batch "b" {
  output {
    logs = [otelcol.exporter.loki.l.input]
  }
}
otelcol.exporter.loki "l" {
  forward_to = [loki.echo.e.receiver]
}
loki.echo "e" { }
"""
    )
    found = Flow(wired)
    batch, metrics = "otelcol.processor.batch.b", "otelcol.connector.spanmetrics.c"
    assert found.wires["otelcol.receiver.otlp.in"] == (
        Wire(metrics, "traces"),
        Wire(batch, "traces"),
        Wire(batch, "logs"),
    )
    assert found.wires["otelcol.exporter.loki.l"] == (Wire("loki.echo.e", "logs"),)
    assert passes(wired.nodes[metrics], "traces", "metrics")
    assert passes(wired.nodes[batch], "logs", "logs")
    assert not passes(wired.nodes[batch], "traces", "logs")
