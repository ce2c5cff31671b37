"""Which pods every replica reads, how many one process follows, and which ports are opened for nothing."""

from __future__ import annotations

import pytest

import kmon
from compiler.diagnostics import Source
from compiler.lint import Selection
from compiler.linting import lint_rendering
from tests.unit.compiler.lint.pages import found
from tests.unit.compiler.lint.parts import LOKI, relabelled, rule

FOLLOWED = 'loki.source.kubernetes "s" {\n  targets = %s\n  forward_to = [loki.write.w.receiver]\n}\n' + LOKI
FILES = 'local.file_match "f" {\n  path_targets = %s\n}\nloki.echo "nothing" { }\n'


def pods(*selector: str) -> str:
    written = f"  selectors {{\n    {chr(10).join(selector)}\n  }}\n" if selector else ""
    return f'discovery.kubernetes "p" {{\n  role = "pod"\n{written}}}\n'


def codes(text: str, options: str) -> list[str]:
    return [code for code, _, _ in found(text, options)]


TARGETS = "discovery.kubernetes.p.targets"


@pytest.mark.parametrize(
    ("selector", "code"),
    [
        (('role = "pod"', 'field = "spec.nodeName=" + sys.env("HOSTNAME")'), []),
        (('role = "pod"', 'field = "spec.nodeName=one"'), ["KM730"]),
        (('role = "pod"', 'label = "app=shop"'), ["KM730"]),
        (('role = "pod"', 'field = "status.phase=Running"'), ["KM702"]),
        ((), ["KM702"]),
    ],
)
def test_every_node_follows_the_pods_of_all(selector: tuple[str, ...], code: list[str]) -> None:
    assert codes(pods(*selector) + FOLLOWED % TARGETS, "workload=daemonset") == code


def test_a_node_has_only_its_own_files_of_the_pods_that_all_find() -> None:
    chosen = pods('role = "pod"', 'label = "app=shop"')
    assert not {"KM702", "KM730"} & set(codes(chosen + FILES % TARGETS, "workload=daemonset"))


@pytest.mark.parametrize(("action", "code"), [("keep", []), ("drop", ["KM704"])])
def test_rules_that_keep_some_pods_may_leave_few(action: str, code: list[str]) -> None:
    chosen = relabelled(rule("__meta_kubernetes_namespace", regex="shop-.*", action=action))
    text = pods() + chosen + FOLLOWED % "discovery.relabel.p.output"
    assert codes(text, "workload=deployment replicas=1 pods=9000") == code


@pytest.mark.parametrize(("runtime", "pods_of_each"), [("alloy", 3000), ("kmon", 9000)])
def test_replicas_that_form_a_cluster_follow_their_share(runtime: str, pods_of_each: int) -> None:
    text = pods() + (FOLLOWED % TARGETS).replace("\n}", "\n  clustering {\n    enabled = true\n  }\n}", 1)
    said = {
        code: message
        for code, _, message in found(text, f"workload=statefulset replicas=3 pods=9000 runtime={runtime}")
    }
    assert f"{pods_of_each:,} pods" in said["KM704"]


@pytest.mark.parametrize(
    ("port", "said"),
    [
        ("{name: own, port: 12345}", []),
        ("{name: logs, port: 5514, protocol: UDP}", []),
        ("{name: logs, port: 5514}", ["nothing listens on port 5514 (tcp), which is opened"]),
    ],
)
def test_a_port_is_opened_for_what_listens_on_it(port: str, said: list[str]) -> None:
    values = f"""
cluster: {{name: prod}}
destinations: {{logs: {{type: loki, url: https://loki.example/loki/api/v1/push}}}}
collectors:
  gateway:
    presets: [deployment]
    includeDestinations: [logs]
    alloy: {{extraPorts: [{port}]}}
    extraConfig: |
      loki.source.syslog "network" {{
        listener {{
          address  = "0.0.0.0:5514"
          protocol = "udp"
          labels   = {{job = "syslog"}}
        }}
        forward_to = [loki.write.logs.receiver]
      }}
"""
    rendering = kmon.render([Source("v", values)])
    assert [one.message for one in lint_rendering(rendering, Selection(("KM709",)))] == said
