"""`kmon render --format manifests` and `helm-values`, and `kmon lint --rbac` and `--objects`."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from kmon.cli import app

VALUES = """
cluster: {name: c}
presets: [pod-logs, cluster-events]
destinations:
  logs: {type: loki, url: https://loki/push, auth: {type: bearerToken, bearerToken: hidden}}
"""


@pytest.fixture
def values(tmp_path: Path) -> Path:
    path = tmp_path / "values.yaml"
    path.write_text(VALUES)
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, arguments, env={"NO_COLOR": "1"})
    return result.exit_code, result.stdout, result.stderr


def kinds(text: str) -> list[str]:
    return [one["kind"] for one in YAML(typ="safe", pure=True).load_all(text)]


def test_manifests_of_all_collectors_or_of_one(values: Path) -> None:
    code, out, _ = run("render", str(values), "--format", "manifests", "-n", "logs")
    assert code == 0
    assert kinds(out).count("ServiceAccount") == 2
    assert run("render", str(values), "--format", "manifests", "-n", "logs")[1] == out
    one = run("render", str(values), "--format", "manifests", "--collector", "alloy-logs")[1]
    assert kinds(one)[-1] == "DaemonSet"
    assert "namespace: default" in one


def test_a_secret_is_named_and_never_printed(values: Path) -> None:
    for form in ("manifests", "helm-values"):
        _, out, _ = run("render", str(values), "--format", form, "-n", "logs")
        command = "kubectl create secret generic kmon -n logs --from-literal=KMON_LOGS_AUTH_BEARER_TOKEN=…"
        assert out.startswith(f"# Before: {command}\n")
        assert "hidden" not in out


def test_helm_values_hold_the_same_objects(values: Path) -> None:
    _, printed, _ = run("render", str(values), "--format", "helm-values", "-n", "logs")
    found = YAML(typ="safe", pure=True).load(printed)
    assert found["namespace"] == "logs"
    _, out, _ = run("render", str(values), "--format", "manifests", "-n", "logs")
    assert found["objects"] == list(YAML(typ="safe", pure=True).load_all(out))


def test_into_a_folder(values: Path, tmp_path: Path) -> None:
    code, out, _ = run("render", str(values), "--format", "manifests", "-o", str(tmp_path / "out"))
    assert (code, out) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["alloy-logs.yaml", "alloy-singleton.yaml"]


def test_what_kubernetes_would_refuse_is_not_printed(values: Path) -> None:
    refused = ["--set", "collectors.alloy-singleton.controller.replicas=2"]
    code, out, errors = run("render", str(values), "--format", "manifests", *refused)
    assert (code, out) == (1, "")
    assert "error[KM154]: a singleton has one pod, not 2" in errors


def test_keys_of_the_chart_that_are_not_there_yet_say_so(values: Path) -> None:
    code, _, errors = run("render", str(values), "--set", "collectors.alloy-logs.controller.autoscaling.enabled=true")
    assert code == 1
    assert (
        "`collectors.alloy-logs.controller.autoscaling` is a key of k8s-monitoring that kmon does not support yet"
        in errors
    )


def lint(values: Path, roles: str, *arguments: str) -> tuple[int, str, str]:
    path = values.with_name("roles.yaml")
    path.write_text(roles)
    return run("lint", str(values), "--rbac", str(path), "--select", "KM705,KM706", *arguments)


def test_what_kmon_prints_is_what_lint_wants(values: Path) -> None:
    _, out, _ = run("render", str(values), "--format", "manifests")
    assert lint(values, out)[0] == 0


def test_missing_and_idle_permissions_at_their_places(values: Path) -> None:
    roles = "kind: ClusterRole\nmetadata: {name: r}\nrules:\n"
    roles += "- {apiGroups: [''], resources: [pods, secrets], verbs: [list, watch]}\n"
    code, out, _ = lint(values, roles)
    assert code == 1
    assert "roles.yaml:4:3: warning[KM706]: nothing uses `list secrets`, `watch secrets`" in out
    wanted = (
        "error[KM705]: no role grants what `loki.source.kubernetes_events.cluster_events` asks for: `list,watch events`"
    )
    assert f"values.yaml:3:21: {wanted}" in out


def test_each_collector_has_what_its_own_account_may(values: Path) -> None:
    _, roles, _ = run("render", str(values), "--format", "manifests")
    masters = (
        "---\nkind: ClusterRole\nmetadata: {name: admin}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n"
    )
    masters += "---\nkind: ClusterRoleBinding\nroleRef: {kind: ClusterRole, name: admin}\n"
    masters += "subjects: [{kind: Group, name: 'system:masters'}]\n"
    assert lint(values, roles + masters)[:2] == (0, ""), "what others may is not their matter"
    swapped = roles.replace("name: kmon:default:alloy-logs", "name: x").replace(
        "name: kmon:default:alloy-singleton", "name: kmon:default:alloy-logs"
    )
    swapped = swapped.replace("name: x", "name: kmon:default:alloy-singleton")
    assert lint(values, swapped)[0] == 0, "a name of a role says nothing"
    crossed = roles.replace(
        "- kind: ServiceAccount\n    name: alloy-logs", "- kind: ServiceAccount\n    name: alloy-singleton"
    )
    code, out, _ = lint(values, crossed)
    assert code == 1
    assert "no role grants what `discovery.kubernetes.pod_logs` asks for: `list,watch pods`" in out
    assert "nothing uses `list pods`, `watch pods`" in out


def test_roles_that_cannot_be_read(values: Path) -> None:
    code, _, errors = lint(values, "a: [")
    assert (code, "roles.yaml:1:5: invalid YAML" in errors) == (2, True)
    assert run("lint", str(values), "--rbac", str(values.with_name("none.yaml")))[0] == 2


def test_several_configurations_share_their_roles(values: Path) -> None:
    other = values.with_name("other.alloy")
    other.write_text('loki.source.podlogs "p" {\n\tforward_to = [loki.echo.out.receiver]\n}\n\nloki.echo "out" { }\n')
    _, roles, _ = run("render", str(values), "--format", "manifests")
    more = "---\nkind: ClusterRole\nmetadata: {name: p}\nrules:\n"
    more += "- {apiGroups: [''], resources: [namespaces], verbs: [list, watch]}\n"
    more += "- {apiGroups: [''], resources: [pods, pods/log], verbs: [get]}\n"
    more += "- {apiGroups: [monitoring.grafana.com], resources: [podlogs], verbs: [list, watch]}\n"
    more += "---\nkind: ClusterRoleBinding\nmetadata: {name: p}\nroleRef: {kind: ClusterRole, name: p}\n"
    more += "subjects: [{kind: ServiceAccount, name: alloy-logs}]\n"
    assert lint(values, roles + more, str(other))[:2] == (0, "")
    assert "nothing uses `list podlogs.monitoring.grafana.com`" in lint(values, roles + more)[1]


NAMES = """
cluster: {name: c}
presets: [cluster-events]
collectors:
  alloy-singleton:
    image: {pullSecrets: [{name: registry}]}
    alloy:
      extraEnv:
        - {name: TENANT, valueFrom: {configMapKeyRef: {name: tenants, key: events}}}
        - {name: MAYBE, valueFrom: {secretKeyRef: {name: perhaps, key: x, optional: true}}}
      envFrom: [{secretRef: {name: more}}]
      mounts: {extra: [{name: own, mountPath: /own}, {name: all, mountPath: /all}]}
    controller:
      volumes:
        extra:
          - {name: own, configMap: {name: alloy-singleton}}
          - {name: all, projected: {sources: [{secret: {name: certs}}, {downwardAPI: {items: []}}]}}
destinations:
  logs:
    type: loki
    url: https://loki/push
    tenantIdFrom: sys.env("TENANT")
    auth: {type: bearerToken}
    secret: {name: loki, namespace: vault, create: false}
"""


def test_what_others_make_is_listed(values: Path) -> None:
    values.write_text(NAMES)
    _, out, _ = run("render", str(values), "--format", "manifests", "-n", "logs")
    listed = [
        "ConfigMap logs/tenants",
        "Secret logs/certs",
        "Secret logs/more",
        "Secret logs/registry",
        "Secret vault/loki",
    ]
    assert out.startswith(f"# Has to exist: {', '.join(listed)}\n")


def lint_objects(values: Path, text: str) -> tuple[int, str, str]:
    path = values.with_name("objects.yaml")
    path.write_text(text)
    return run("lint", str(values), "--objects", str(path), "--select", "KM710")


def test_what_is_named_and_not_there(values: Path) -> None:
    values.write_text(NAMES)
    objects = "kind: List\nitems:\n"
    objects += "- {kind: ConfigMap, metadata: {name: tenant, namespace: logs}}\n"
    for name, namespace in (("registry", "logs"), ("more", "logs"), ("certs", "logs"), ("loki", "other")):
        objects += f"- {{kind: Secret, metadata: {{name: {name}, namespace: {namespace}}}}}\n"
    code, out, _ = lint_objects(values, objects)
    assert code == 1
    found = [line.rpartition("/")[2] for line in out.splitlines() if "KM710" in line]
    assert found == [
        "values.yaml:8:7: warning[KM710]: there is no ConfigMap `tenants` in its own namespace",
        "values.yaml:19:3: warning[KM710]: there is no Secret `loki` in `vault`",
    ]
    assert "help: did you mean `tenant`?" in out
    assert lint_objects(values, objects.replace("tenant,", "tenants,").replace("other", "vault"))[0] == 0


def test_a_literal_secret_has_to_be_there_too(values: Path) -> None:
    code, out, _ = lint_objects(values, "kind: ConfigMap\nmetadata: {name: x}\n")
    assert (code, "there is no Secret `kmon` in its own namespace" in out) == (1, True)
    assert lint_objects(values, "kind: Secret\nmetadata: {name: kmon}\n")[0] == 0


def test_objects_that_cannot_be_read(values: Path) -> None:
    code, _, errors = lint_objects(values, "- a\n")
    assert (code, "objects.yaml:1:1: a manifest is a map with `kind`, this is none" in errors) == (2, True)
