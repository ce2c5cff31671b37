from typing import Any

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.expand.idioms import maps, pods
from compiler.expand.printing import Code, Lines
from compiler.values import View, load, validate


def pod_logs(text: str) -> View:
    diagnostics = Diagnostics()
    source = Source("v", f"podLogsViaLoki: {text}")
    document = validate(load(source, diagnostics), diagnostics)
    assert not diagnostics.found
    return document.view().section("podLogsViaLoki")


def texts(lines: Lines) -> list[str]:
    return [line.text for line in lines.lines]


def test_pods_are_always_those_of_this_node() -> None:
    assert texts(pods.node_pods(pod_logs("{}"))) == [
        "selectors {", 'role = "pod"', 'field = "spec.nodeName=" + sys.env("HOSTNAME")', "}",
    ]  # fmt: skip


def test_pod_and_node_selectors_stand_in_one_block_each() -> None:
    rows = texts(pods.node_pods(pod_logs("{labelSelectors: {tier: front, app: [a, b]}, nodeSelectors: {disk: ssd}}")))
    assert rows.count("selectors {") == 2
    assert 'label = "app in (a,b),tier=front"' in rows
    assert 'label = "disk=ssd"' in rows


@pytest.mark.parametrize(
    ("values", "discovery", "rules"),
    [
        ("{}", [], []),
        ("{namespaces: [a, b]}", ["namespaces {", 'names = ["a", "b"]', "}"], []),
        ("{namespaces: [a, 'b-.*']}", [], ['regex = "a|b-.*"', 'action = "keep"']),
        ("{excludeNamespaces: [a, 'b-.*']}", [], ['regex = "a|b-.*"', 'action = "drop"']),
    ],
)
def test_namespaces(values: str, discovery: list[str], rules: list[str]) -> None:
    found = pod_logs(values)
    assert texts(pods.namespace_names(found["namespaces"])) == discovery
    rows = texts(pods.namespace_rules(found["namespaces"], found["excludeNamespaces"]))
    assert [row for row in rows if row.startswith(("regex", "action"))] == rules


@pytest.mark.parametrize(
    ("values", "attached"),
    [
        ("{}", []),
        ("{attachNamespaceMetadata: true}", ["namespace = true"]),
        ("{nodeLabels: {region: true}}", ["node = true"]),
        ("{nodeSelectors: {a: b}}", ["node = true"]),
        ("{attachNamespaceMetadata: true, nodeLabels: {nodeOS: true}}", ["namespace = true", "node = true"]),
    ],
)
def test_metadata_is_attached_for_what_needs_it(values: str, attached: list[str]) -> None:
    assert texts(pods.attach_metadata(pod_logs(values)))[1:-1] == attached


@pytest.mark.parametrize(
    ("default", "cri", "docker"),
    [
        ("cri", '=~\\"containerd|cri-o|\\"', '=\\"docker\\"'),
        ("docker", '=~\\"containerd|cri-o\\"', '=~\\"docker|\\"'),
        ("other", '=~\\"containerd|cri-o\\"', '=\\"docker\\"'),
    ],
)
def test_the_default_format_takes_the_unknown_runtime(default: str, cri: str, docker: str) -> None:
    setting = pod_logs(f"{{defaultLogFormat: {default}}}").setting("defaultLogFormat")
    for runtime, operator in (("cri", cri), ("docker", docker)):
        assert pods.runtime_selector(runtime, setting).text == f'"{{tmp_container_runtime{operator}}}"'


def test_label_rules_follow_the_names_order() -> None:
    rows = texts(pods.label_rules("label", pod_logs("{labels: {b: x/y, a: z}}").section("labels")))
    assert [row for row in rows if row.startswith("target")] == [
        'target_label = "a"', 'target_label = "app_kubernetes_io_name"', 'target_label = "b"',
    ]  # fmt: skip
    assert 'source_labels = ["__meta_kubernetes_pod_label_x_y"]' in rows


def test_fixed_and_computed_values_are_one_map() -> None:
    values = pod_logs('{staticLabels: {b: 1, a: true}, staticLabelsFrom: {c: sys.env("C"), a: sys.env("A")}}')
    rows = texts(maps.label_map(values.section("staticLabels"), values.section("staticLabelsFrom")))
    assert rows == ["{", 'a = sys.env("A"),', 'b = "1",', 'c = sys.env("C"),', "}"]


def test_structured_metadata_is_spelt_as_labels() -> None:
    rows = texts(maps.escaped_map(pod_logs("{structuredMetadata: {pod: null}}").section("structuredMetadata")))
    assert rows == ["{", 'k8s_pod_name = "k8s_pod_name",', 'service_instance_id = "service_instance_id",', "}"]


def test_aligned_service_names_need_the_workload() -> None:
    off = texts(pods.service_name_rules(pod_logs("{}").setting("alignServiceNameWithOTelSemConv")))
    on = texts(
        pods.service_name_rules(
            pod_logs("{alignServiceNameWithOTelSemConv: true}").setting("alignServiceNameWithOTelSemConv")
        )
    )
    assert off.count("rule {") == 1
    assert on.count("rule {") == 3


@pytest.mark.parametrize(("value", "text"), [(None, []), (Code("1"), ["x = 1"])])
def test_absent_arguments_print_nothing(value: Any, text: list[str]) -> None:
    assert texts(maps.argument("x", value)) == text
