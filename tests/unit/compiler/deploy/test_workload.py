"""Needs and settings make a workload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compiler.deploy.check import check_workload
from compiler.deploy.environment import environment_of
from compiler.deploy.files import HostPath, Reads, folder_of, host_paths
from compiler.deploy.manifests import objects
from compiler.deploy.needs import needs_of
from compiler.deploy.runtimes import RUNTIMES, image_name
from compiler.deploy.settings import Facts, ImageSettings, Settings
from compiler.deploy.workload import Workload, make_workload
from compiler.diagnostics import Diagnostics
from kmon import __version__
from tests.unit.compiler.deploy.graphs import graph

ECHO = 'loki.echo "out" { }\n'
SECONDS = (
    'loki.write "w" {\n endpoint {\n url = "http://x"\n }\n wal {\n enabled = true\n drain_timeout = "2m"\n }\n}\n'
)


def workload(
    text: str = "", kind: str = "deployment", settings: Settings | None = None, logs: Reads | None = None
) -> Workload:
    needs = needs_of(graph(text), logs or Reads())
    return make_workload("c", "ns", kind, False, text, needs, settings or Settings())


def pod(made: Workload) -> dict[str, Any]:
    found: dict[str, Any] = list(objects(made))[-1]["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        ("/var/log/pods/*$1/*.log", "/var/log/pods"),
        ("/var/log/syslog", "/var/log"),
        ("/srv/{a,b}/x.log", "/srv"),
        ("/**/x.log", "/"),
        ("/var/log/app-*.log", "/var/log"),
    ],
)
def test_the_folder_of_a_pattern(pattern: str, folder: str) -> None:
    assert folder_of(pattern) == folder


@pytest.mark.parametrize(
    ("reads", "mounted", "docker", "paths"),
    [
        (Reads(("/var/log/pods/*/*.log",)), [], False, ["/var/log/pods"]),
        (Reads(("/var/log/pods/*/*.log",)), [], True, ["/var/lib/docker/containers", "/var/log/pods"]),
        (Reads(("/var/log/containers/*.log",)), [], False, ["/var/log/containers", "/var/log/pods"]),
        (Reads(("/var/log/pods/*/*.log", "/var/log/syslog")), [], False, ["/var/log"]),
        (Reads(("/var/log/pods/*/*.log",)), ["/var/log"], False, []),
        (Reads(("/**/x.log", "relative/*.log", "/proc/1/x")), [], False, ["/proc/1"]),
        (
            Reads(files=("/etc/machine-id", "/var/run/secrets/tokens/x", "/run/secrets/x")),
            [],
            False,
            ["/etc/machine-id"],
        ),
    ],
)
def test_only_what_is_read_is_mounted(reads: Reads, mounted: list[str], docker: bool, paths: list[str]) -> None:
    assert [one.path for one in host_paths(reads, mounted, docker=docker)] == paths


def test_files_with_targets_are_mounted_with_their_folder() -> None:
    reads = needs_of(graph('discovery.file "f" {\n files = ["/srv/targets/*.json"]\n}\n'), Reads()).reads
    assert [one.path for one in host_paths(reads, [], docker=False)] == ["/srv/targets"]


@pytest.mark.parametrize(("kind", "root"), [("daemonset", True), ("deployment", False), ("statefulset", False)])
def test_a_file_with_a_password_is_no_file_of_whatever_node_the_pod_is_on(kind: str, root: bool) -> None:
    made = workload('local.file "password" {\n filename = "/etc/credentials/password"\n}\n', kind)
    assert ([one.path for one in made.host_paths], made.root) == (["/etc/credentials/password"] if root else [], root)


def test_folders_of_the_node_have_other_names_in_a_container() -> None:
    found = host_paths(Reads(folders=("/host/root", "/host/proc")), [], docker=False)
    assert found == (HostPath("/host/proc", "/proc"), HostPath("/host/root", "/"))


def test_variables_come_from_the_pod_from_a_secret_or_from_the_user() -> None:
    given = [{"name": "REGION", "value": "eu"}, {"name": "POD_NAME", "value": "mine"}]
    found = environment_of(["POD_NAME", "HOSTNAME", "KMON_X", "UNKNOWN"], ["KMON_X", "KMON_UNREAD"], given)
    assert [(one.name, *one.source) for one in found] == [
        ("HOSTNAME", "valueFrom"), ("KMON_X", "valueFrom"), ("REGION", "value"), ("POD_NAME", "value"),
    ]  # fmt: skip


def test_who_reads_only_logs_of_containers_is_root_without_any_capability() -> None:
    security = pod(workload(kind="daemonset", logs=Reads(("/var/log/pods/*.log",))))["containers"][0]["securityContext"]
    assert (security["runAsUser"], security["capabilities"]) == (0, {"drop": ["ALL"]})
    others = pod(workload(kind="daemonset", logs=Reads(("/srv/app/*.log",))))["containers"][0]["securityContext"]
    assert others["capabilities"] == {"drop": ["ALL"], "add": ["DAC_READ_SEARCH"]}
    none = pod(workload())["containers"][0]["securityContext"]
    assert (none["runAsNonRoot"], none["readOnlyRootFilesystem"], none["allowPrivilegeEscalation"]) == (
        True,
        True,
        False,
    )


def test_who_mounts_the_logs_of_the_node_reads_them_as_root_all_the_same() -> None:
    logs = Reads(("/var/log/pods/*.log",))
    mounts = [{"name": "varlog", "mountPath": "/var/log"}]
    node = Settings(mounts=mounts, volumes=[{"name": "varlog", "hostPath": {"path": "/var/log"}}])
    copied = Settings(mounts=mounts, volumes=[{"name": "varlog", "emptyDir": {}}])
    found = [workload(kind="daemonset", settings=settings, logs=logs) for settings in (node, copied)]
    assert [(one.root, one.host_paths) for one in found] == [(True, ()), (False, ())]


def test_paths_that_only_running_shows_fall_back_to_what_presets_mount() -> None:
    settings = Settings(facts=Facts(mounts=("/var/log",)))
    assert workload(kind="daemonset", settings=settings, logs=Reads(known=False)).mounts[0] == "/var/log"
    assert workload(kind="daemonset", settings=settings, logs=Reads(("/srv/x",))).mounts[0] == "/srv"


def test_ports_are_what_is_open_to_others() -> None:
    text = """
    otelcol.receiver.otlp "in" {
      grpc { }
      http {
        endpoint = "127.0.0.1:4318"
      }
      output { }
    }
    otelcol.receiver.zipkin "a_very_long_label" {
      output { }
    }
    """
    settings = Settings(
        extra_ports=[{"name": "again", "port": 4317}, {"name": "more", "port": 9000, "protocol": "UDP"}]
    )
    ports = [(one.name, one.number, one.protocol) for one in workload(text, settings=settings).ports]
    assert ports == [
        ("http-metrics", 12345, "TCP"), ("in-grpc", 4317, "TCP"), ("a-very-long-lab", 9411, "TCP"), ("more", 9000, "UDP"),
    ]  # fmt: skip


EVENTS = 'loki.source.kubernetes_events "e" {\n forward_to = [loki.echo.out.receiver]\n}\n' + ECHO


@pytest.mark.parametrize(
    ("kind", "logs", "node", "gib"),
    [
        ("daemonset", Reads(("/var/log/pods/*.log",)), "/var/lib/kmon/ns/c", 0),
        ("daemonset", Reads(), "", 0),
        ("statefulset", Reads(), "", 1),
        ("deployment", Reads(), "", 0),
    ],
)
def test_where_state_is_kept(kind: str, logs: Reads, node: str, gib: int) -> None:
    storage = workload(EVENTS, kind, logs=logs).storage
    assert (storage.node, storage.claim_gib, storage.persistent) == (node, gib, bool(node or gib))


def test_who_mounts_the_storage_keeps_it() -> None:
    settings = Settings(
        mounts=[{"name": "disk", "mountPath": "/data"}], volumes=[{"name": "disk"}], storage_path="/data/kmon"
    )
    made = workload(EVENTS, "statefulset", settings)
    assert made.storage.given
    assert [one["name"] for one in pod(made)["volumes"]] == ["config", "tmp", "disk"]


def test_a_claim_named_storage_is_the_one_that_is_mounted_there() -> None:
    claim = {"metadata": {"name": "storage"}, "spec": {"storageClassName": "fast"}}
    for text in (ECHO, EVENTS):
        made = workload(text, "statefulset", Settings(claims=[claim]))
        assert list(objects(made))[-1]["spec"]["volumeClaimTemplates"] == [claim]
        assert [one["name"] for one in pod(made)["volumes"]] == ["config", "tmp"]
        found = Diagnostics()
        check_workload(made, found)
        assert not found.found


def test_a_claim_has_a_name_of_its_own() -> None:
    found = Diagnostics()
    claims = [{"metadata": {"name": name}} for name in ("tmp", "data", "data")]
    check_workload(workload(kind="statefulset", settings=Settings(claims=claims)), found)
    assert [one.message for one in found] == ["the volume name `tmp` is taken", "the volume name `data` is taken"]


@pytest.mark.parametrize("kind", ["deployment", "statefulset"])
def test_who_is_not_root_may_write_to_a_volume(kind: str) -> None:
    mounts, volumes = [{"name": "disk", "mountPath": "/var/lib/kmon"}], [{"name": "disk"}]
    given = pod(workload(EVENTS, kind, Settings(mounts=mounts, volumes=volumes)))
    assert given["securityContext"]["fsGroup"] == given["containers"][0]["securityContext"]["runAsUser"]


def test_a_write_ahead_log_has_time_to_drain() -> None:
    assert workload(SECONDS).grace_seconds == 30 + 120
    assert workload(SECONDS, settings=Settings(grace_period=5)).grace_seconds == 5


def test_a_token_is_mounted_only_where_it_is_used() -> None:
    assert pod(workload(ECHO))["automountServiceAccountToken"] is False
    assert pod(workload(EVENTS))["automountServiceAccountToken"] is True


@pytest.mark.parametrize("reloader", [True, False])
def test_a_change_restarts_or_reloads_and_never_both(reloader: bool) -> None:
    def annotations(text: str) -> object:
        made = workload(text, settings=Settings(reloader=reloader))
        return list(objects(made))[-1]["spec"]["template"]["metadata"].get("annotations")

    assert (annotations(ECHO) != annotations(EVENTS)) is not reloader
    assert len(pod(workload(settings=Settings(reloader=reloader)))["containers"]) == 1 + reloader


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (ImageSettings(), "docker.io/grafana/alloy:v1.18.0"),
        (ImageSettings(registry="r:5000"), "r:5000/grafana/alloy:v1.18.0"),
        (ImageSettings(repository="mine/alloy", tag="x"), "mine/alloy:x"),
        (ImageSettings(digest="abc"), "docker.io/grafana/alloy@sha256:abc"),
    ],
)
def test_image_names(given: ImageSettings, name: str) -> None:
    assert image_name(given, RUNTIMES["alloy"].image) == name


def test_kmons_image_has_its_version() -> None:
    assert RUNTIMES["kmon"].image.tag == __version__


def test_whatever_a_pod_mounts_it_has() -> None:
    for text in (ECHO, EVENTS, SECONDS):
        for kind in ("daemonset", "deployment", "statefulset"):
            made = workload(text, kind, logs=Reads(("/var/log/pods/*.log", "/srv/a-b/*", "/srv/a/b/*")))
            found = list(objects(made))
            claims = [one["metadata"]["name"] for one in found[-1]["spec"].get("volumeClaimTemplates", ())]
            names = [one["name"] for one in pod(made)["volumes"]] + claims
            mounts = [one for container in pod(made)["containers"] for one in container["volumeMounts"]]
            assert len(names) == len(set(names))
            assert {one["name"] for one in mounts} == set(names)
            configs = {one["metadata"]["name"] for one in found if one["kind"] == "ConfigMap"}
            assert {one["configMap"]["name"] for one in pod(made)["volumes"] if "configMap" in one} == configs


def test_who_looks_into_processes_is_privileged() -> None:
    made = pod(workload('pyroscope.ebpf "e" {\n targets = []\n forward_to = []\n}\n', "daemonset"))
    assert made["hostPID"] is True
    assert made["containers"][0]["securityContext"] == {
        "privileged": True,
        "runAsUser": 0,
        "readOnlyRootFilesystem": True,
    }


def test_the_network_of_the_node_needs_its_names_and_the_cluster() -> None:
    for settings in (Settings(facts=Facts(host_network=True)), Settings(pod={"hostNetwork": True})):
        made = pod(workload(settings=settings))
        assert (made["hostNetwork"], made["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")


@pytest.mark.parametrize(
    ("kind", "replicas", "more"),
    [("statefulset", 1, ""), ("statefulset", 3, " and `controller.replicas`"), ("daemonset", 3, "")],
)
def test_where_nobody_forms_a_cluster_it_is_said_what_to_write(kind: str, replicas: int, more: str) -> None:
    found = Diagnostics()
    check_workload(workload(kind=kind, settings=Settings(replicas=replicas, facts=Facts(clustering=True))), found)
    assert [one.help for one in found] == [f"write `runtime: alloy`, or remove the preset `clustered`{more}"]


@pytest.mark.parametrize(
    ("kind", "strategy", "said"),
    [
        ("deployment", {"type": "RollingUpdate"}, ["KM157"]),
        ("deployment", {"rollingUpdate": {"maxSurge": 1}}, ["KM157"]),
        ("deployment", {"type": "Recreate"}, []),
        ("deployment", {}, []),
        ("statefulset", {"type": "RollingUpdate"}, []),
    ],
)
def test_a_singleton_is_never_there_twice(kind: str, strategy: dict[str, Any], said: list[str]) -> None:
    found = Diagnostics()
    check_workload(replace(workload(kind=kind, settings=Settings(update_strategy=strategy)), singleton=True), found)
    assert [one.code for one in found] == said


def test_no_two_ports_have_one_name() -> None:
    found = Diagnostics()
    check_workload(workload(settings=Settings(extra_ports=[{"name": "http-metrics", "port": 1}])), found)
    assert [one.message for one in found] == ["the port name `http-metrics` is taken"]
