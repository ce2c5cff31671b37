"""`kmon run` discovers on a real API server: every role, what is refused, what comes back; `kmon inventory` records it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster.client import Object
from tests.e2e.cluster.following import role_binding
from tests.e2e.cluster.kubelet import running_pod
from tests.e2e.cluster.proxy import Fault, Proxy
from tests.e2e.cluster.server import ApiServer
from tests.e2e.run.test_run import Agent

META = "__meta_kubernetes_"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Agent]]:
    agents = []

    def start(text: str) -> Agent:
        (tmp_path / "c.alloy").write_text(text)
        agents.append(Agent(tmp_path, ["c.alloy"]))
        return agents[-1]

    yield start
    for agent in agents:
        agent.process.kill()
        agent.process.wait()


def component(agent: Agent, id: str = "discovery.kubernetes.d") -> Any:
    return json.loads(agent.get(f"/api/v0/web/components/{id}"))


def targets(agent: Agent) -> list[dict[str, str]]:
    found = component(agent)["exports"][0]["value"]["value"]
    return [{field["key"]: field["value"]["value"] for field in target["value"]} for target in found]


def health(agent: Agent) -> str:
    return str(component(agent)["health"]["message"])


def eventually(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f}s"
        time.sleep(0.1)


def discovery(kubeconfig: Path, namespace: str, role: str = "pod", more: str = "") -> str:
    return f"""
discovery.kubernetes "d" {{
  role            = "{role}"
  kubeconfig_file = "{kubeconfig}"
  namespaces {{
    names = ["{namespace}"]
  }}
  {more}
}}
"""


def service(namespace: str) -> list[Object]:
    metadata = {"name": "web", "namespace": namespace}
    address = {"ip": "10.0.0.1", "targetRef": {"kind": "Pod", "name": "web", "namespace": namespace}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}
    return [
        running_pod(namespace, "web", "nowhere", "app", app="web"),
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}]}},
        {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": metadata,
            "subsets": [{"addresses": [address], "ports": [{"port": 8080}]}],
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "web"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.0.0.1"]}],
            "ports": [{"port": 8080}],
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": metadata,
            "spec": {"rules": [{"host": "a.example", "http": {"paths": [path]}}]},
        },
    ]


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("pod", "10.0.0.1"), ("service", "web.NAMESPACE.svc:80"), ("endpoints", "10.0.0.1:8080"),
        ("endpointslice", "10.0.0.1:8080"), ("ingress", "a.example"),
    ],
)  # fmt: skip
def test_every_role_finds_its_objects(
    api_server: ApiServer, namespace: str, start: Callable[[str], Agent], role: str, address: str
) -> None:
    for item in service(namespace):
        api_server.client().create(item)
    agent = start(discovery(api_server.kubeconfig(), namespace, role))
    eventually(lambda: [t["__address__"] for t in targets(agent)] == [address.replace("NAMESPACE", namespace)])
    assert health(agent) == "1 targets"


def test_a_refused_kind_is_named_by_health_and_found_when_it_is_granted(
    api_server: ApiServer, namespace: str, start: Callable[[str], Agent]
) -> None:
    client, pod = api_server.client(), running_pod(namespace, "web", "nowhere", "app", app="web")
    client.create(pod)
    kubeconfig = api_server.kubeconfig(api_server.tokens["alice"])
    # A second component, which may do what it asks for, is not touched by what happens to the first.
    other = discovery(api_server.kubeconfig(), namespace).replace('"d"', '"other"')
    agent = start(discovery(kubeconfig, namespace) + other)
    eventually(lambda: "may not `list` `pods`" in health(agent))
    assert f"in namespace `{namespace}`" in health(agent)
    assert component(agent)["health"]["state"] == "unhealthy"
    for item in role_binding(namespace, "alice", "list", "watch", resource="pods"):
        client.create(item)
    eventually(lambda: health(agent) == "1 targets")
    assert component(agent)["health"]["state"] == "healthy"
    eventually(lambda: component(agent, "discovery.kubernetes.other")["health"]["message"] == "1 targets")


def test_who_waits_for_a_first_answer_is_not_healthy(
    api_server: ApiServer, namespace: str, proxy: Proxy, start: Callable[[str], Agent]
) -> None:
    proxy.faults = [Fault(hang=True)]
    kubeconfig = api_server.kubeconfig(url=proxy.url)
    events = (
        f'loki.source.kubernetes_events "e" {{ \n forward_to = []\n client {{ kubeconfig_file = "{kubeconfig}" }}\n}}\n'
    )
    agent = start(discovery(kubeconfig, namespace) + events)
    waits = {"state": "unknown", "message": "waits for the first list of pod objects"}
    eventually(lambda: waits.items() <= component(agent)["health"].items())
    waits["message"] = "waits for the first list of events"
    eventually(lambda: waits.items() <= component(agent, "loki.source.kubernetes_events.e")["health"].items())


def test_changes_reach_the_targets_and_pods_without_status_are_none(
    api_server: ApiServer, namespace: str, start: Callable[[str], Agent]
) -> None:
    client = api_server.client()
    bare = {key: value for key, value in running_pod(namespace, "bare", "nowhere", "app").items() if key != "status"}
    pod = running_pod(namespace, "web", "nowhere", "app", app="web")
    client.create(bare)
    client.create(pod)
    agent = start(discovery(api_server.kubeconfig(), namespace))
    eventually(lambda: [t[f"{META}pod_name"] for t in targets(agent)] == ["web"])
    client.patch({**pod, "metadata": {**pod["metadata"], "labels": {"app": "other"}}, "spec": {}})
    eventually(lambda: targets(agent)[0][f"{META}pod_label_app"] == "other")
    client.delete(pod)
    eventually(lambda: targets(agent) == [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r":1:5: is no valid YAML"),
        ("clusters: []\ncurrent-context: c\ncontexts: []\n", ":2:18: context `c` is not among its `contexts`"),
        (None, "cannot read kubeconfig"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_an_error_where_it_is_named(
    tmp_path: Path, start: Callable[[str], Agent], text: str | None, message: str
) -> None:
    file = tmp_path / "kubeconfig"
    if text is not None:
        file.write_text(text)
    agent = start(discovery(file, "n"))
    assert agent.process.wait(60) == 1
    log = agent.log.read_text()
    assert message in log
    assert "c.alloy:4:21" in log


def test_a_kubeconfig_of_a_client_block_is_named_there(tmp_path: Path, start: Callable[[str], Agent]) -> None:
    client = f'client {{ kubeconfig_file = "{tmp_path}/none" }}'
    agent = start(
        f'remote.kubernetes.configmap "c" {{\n  namespace = "n"\n  name = "c"\n  {client}\n}}\n'
        f'loki.source.kubernetes_events "e" {{\n  forward_to = []\n  {client}\n}}\n'
    )
    assert agent.process.wait(60) == 1
    log = agent.log.read_text()
    assert "c.alloy:4:30: error[KM803]: `remote.kubernetes.configmap.c` refuses its arguments" in log
    assert "c.alloy:8:30: error[KM803]: `loki.source.kubernetes_events.e` refuses its arguments" in log


def test_what_is_wrong_for_all_kinds_is_said_once(
    api_server: ApiServer, namespace: str, tmp_path: Path, start: Callable[[str], Agent], proxy: Proxy
) -> None:
    file = tmp_path / "kubeconfig"
    file.write_bytes(api_server.kubeconfig(url=proxy.url).read_bytes())
    agent = start(discovery(file, namespace, "endpoints"))
    eventually(lambda: proxy.open_watches == 3)
    file.write_text("[")
    proxy.close_watches()
    eventually(lambda: "is no valid YAML" in health(agent))
    assert health(agent).count(str(file)) == 1


def test_all_kinds_that_are_refused_are_named_at_once(
    api_server: ApiServer, namespace: str, start: Callable[[str], Agent]
) -> None:
    agent = start(discovery(api_server.kubeconfig(api_server.tokens["bob"]), namespace, "endpoints"))
    kinds = ("endpoints", "services", "pods")
    eventually(lambda: all(f"may not `list` `{kind}`" in health(agent) for kind in kinds))
    assert health(agent).startswith("0 targets; cannot list endpoints ")


def test_an_inventory_of_the_cluster_gives_the_same_targets(
    api_server: ApiServer, namespace: str, start: Callable[[str], Agent], tmp_path: Path
) -> None:
    client = api_server.client()
    client.create(running_pod(namespace, "web", "nowhere", "app", app="web"))
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": namespace},
        "stringData": {"k": "hush"},
    }
    client.create(secret)
    client.create({**secret, "metadata": {"name": "another", "namespace": namespace}})
    kubeconfig = api_server.kubeconfig()
    text = (
        discovery(kubeconfig, namespace)
        + f"""
remote.kubernetes.secret "s" {{
  namespace = "{namespace}"
  name      = "s"
}}
"""
    )
    (tmp_path / "needs.alloy").write_text(text)
    command = [sys.executable, "-m", "kmon", "inventory", "needs.alloy", "-n", namespace]
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    done = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path, env=environment, text=True)
    items = json.loads(done.stdout)["items"]
    assert sorted((item["kind"], item["metadata"]["name"]) for item in items) == [("Pod", "web"), ("Secret", "s")]
    assert "hush" not in done.stdout
    live = start(discovery(kubeconfig, namespace))
    eventually(lambda: targets(live))
    folder = tmp_path / "offline"
    folder.mkdir()
    (folder / "objects.yaml").write_text(done.stdout)
    offline = Agent(folder, ["../c.alloy", "--inventory=objects.yaml"])
    try:
        eventually(lambda: targets(offline))
        assert targets(offline) == targets(live)
    finally:
        offline.process.kill()
        offline.process.wait()
