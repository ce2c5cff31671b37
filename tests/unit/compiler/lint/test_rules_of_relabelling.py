"""Expressions, selectors and the ports of pods: what looks like a mistake and is none."""

from __future__ import annotations

import pytest

from tests.unit.compiler.lint.pages import found
from tests.unit.compiler.lint.parts import (
    LOKI,
    METRICS,
    PODS,
    relabelled,
    rule,
    scrape,
)

META = "__meta_kubernetes_"


def kubernetes(*rules: str) -> str:
    """Logs of pods through the API."""
    source = 'loki.source.kubernetes "k" {\n  targets = discovery.relabel.p.output\n  forward_to = [loki.write.w.receiver]\n}\n'
    return PODS + relabelled(*rules) + source + LOKI


def scraped(*rules: str) -> str:
    return PODS + relabelled(*rules) + scrape("discovery.relabel.p.output") + METRICS


MATCHING = {
    "the separator in a class": rule(META + "namespace", META + "pod_name", regex="[^/]+", action="keep"),
    "an empty separator": rule(META + "namespace", META + "pod_name", separator="", regex="shopweb", action="keep"),
    "labels of users hold anything": rule(
        META + "pod_label_app", META + "pod_label_path", regex="a;b/c", action="keep"
    ),
    "a phase or none": rule(META + "pod_phase", regex="|Pending", action="drop"),
    "three values": rule(META + "pod_phase", META + "pod_ready", separator="@", regex="Running@true", action="keep"),
    "hashmod takes any": rule(META + "pod_phase", regex="x", action="hashmod", modulus="2", target_label="__tmp"),
    "anchors at their places": rule(META + "pod_name", regex="^(?:web|api)-.+$", action="keep"),
}


@pytest.mark.parametrize("name", MATCHING)
def test_rules_that_can_match(name: str) -> None:
    assert found(scraped(MATCHING[name].replace('modulus = "2"', "modulus = 2"))) == []


SELECTORS = [
    '{app="a", app=~"a|b"}',
    '{app!="a", app!="b"}',
    '{app="a"} |= "ab" != "abc"',
    '{app=~"a.*", app=~".*b"}',
    '{app="", b="x"} |= "x"',
]


@pytest.mark.parametrize("selector", SELECTORS)
def test_selectors_that_can_match(selector: str) -> None:
    source = 'loki.source.api "in" {\n  forward_to = [loki.process.p.receiver]\n}\n'
    match = f"  stage.match {{\n    selector = `{selector}`\n    stage.decolorize {{ }}\n  }}\n"
    process = f'loki.process "p" {{\n{match}  forward_to = [loki.write.w.receiver]\n}}\n'
    assert found(source + process + LOKI) == []


PORT, NAME = rule(META + "pod_container_port_name", target_label="port"), rule(META + "pod_name", target_label="pod")
PORTS = {
    "no label of the port": kubernetes(NAME),
    "one port is kept": kubernetes(rule(META + "pod_container_port_name", regex="http", action="keep"), NAME, PORT),
    "the label goes again": kubernetes(NAME, PORT, '  rule {\n    action = "labeldrop"\n    regex = "port"\n  }\n'),
    "the address without its port": kubernetes(rule("__address__", regex="(.+):\\\\d+", target_label="host")),
    "the address of each port": scraped(rule(META + "pod_container_name", target_label="container")),
    "the port of an annotation, without a label of the container": scraped(
        rule(
            "__address__",
            META + "pod_annotation_port",
            regex="([^:]+)(?::\\\\d+)?;(\\\\d+)",
            replacement="$1:$2",
            target_label="__address__",
        ),
        NAME,
    ),
    "pods of one kind": scraped(
        rule(META + "pod_label_app", regex="etcd", action="keep"),
        rule(META + "pod_ip", replacement="$1:2381", target_label="__address__"),
        rule(META + "pod_container_name", target_label="container"),
    ),
}


@pytest.mark.parametrize("name", PORTS)
def test_ports_of_pods(name: str) -> None:
    assert found(PORTS[name]) == []


def test_the_port_of_an_annotation_for_all_containers() -> None:
    address = rule(
        "__address__",
        META + "pod_annotation_port",
        regex="([^:]+)(?::\\\\d+)?;(\\\\d+)",
        replacement="$1:$2",
        target_label="__address__",
    )
    assert [code for code, _, _ in found(scraped(address, PORT))] == ["KM504"]
    assert [code for code, _, _ in found(kubernetes(NAME, PORT))] == ["KM409"]
