"""`loki.source.kubernetes` on a real API server: every line once, whatever happens to containers, kubelet, process and permissions."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.cluster.agent import Agent, InPod, eventually, loki_write, restarts
from tests.e2e.cluster.client import Object
from tests.e2e.cluster.kubelet import Kubelet, running_pod
from tests.e2e.cluster.server import ApiServer
from tests.e2e.delivery.rig import Sink
from tests.e2e.delivery.test_sigkill import twice

ID = "loki.source.kubernetes.pods"
CONTAINERS = ("app", "side")


def config(sink: Sink, kubeconfig: Path, namespace: str) -> str:
    return f"""
discovery.kubernetes "pods" {{
  role            = "pod"
  kubeconfig_file = "{kubeconfig}"
  namespaces {{
    names = ["{namespace}"]
  }}
}}

discovery.relabel "pods" {{
  targets = discovery.kubernetes.pods.targets
  rule {{
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }}
}}

loki.source.kubernetes "pods" {{
  targets    = discovery.relabel.pods.output
  forward_to = [loki.write.sink.receiver]
  client {{
    kubeconfig_file = "{kubeconfig}"
  }}
}}
{loki_write(sink.url)}"""


def came(sink: Sink, count: int) -> bool:
    return len(set(sink.numbers)) >= count


def more(sink: Sink, count: int) -> None:
    eventually(partial(came, sink, count), "some lines")


def grant(namespace: str, user: str) -> tuple[Object, Object]:
    """A role for what reads the logs of pods, and its binding."""
    group = "rbac.authorization.k8s.io"
    metadata = {"name": f"{user}-logs", "namespace": namespace}
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    ]
    role = {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": metadata, "rules": rules}
    subject = {"apiGroup": group, "kind": "User", "name": user}
    ref = {"apiGroup": group, "kind": "Role", "name": metadata["name"]}
    return role, {**role, "kind": "RoleBinding", "subjects": [subject], "roleRef": ref}


class Writing(threading.Thread):
    """Writes to all of `containers` in turn until `stop`, and cuts or tears a stream now and then."""

    def __init__(self, kubelet: Kubelet, containers: list[tuple[str, str, str]]) -> None:
        super().__init__(daemon=True)
        self.written = 0
        self._kubelet, self._containers = kubelet, containers
        self._enough = threading.Event()

    def run(self) -> None:
        chance = random.Random(int(os.environ.get("KMON_SEED", "0")) or None)
        while not self._enough.wait(0.02):
            container = chance.choice(self._containers)
            count = chance.randint(1, 3)
            self._kubelet.write(*container, *(f"line {self.written + one} {'x' * 50}" for one in range(count)))
            self.written += count
            if chance.random() < 0.05:
                chance.choice([self._kubelet.cut, self._kubelet.tear])(*container)

    def stop(self) -> int:
        self._enough.set()
        self.join()
        return self.written


def test_every_line_comes_once(api_server: ApiServer, namespace: str, kubelet: Kubelet, tmp_path: Path) -> None:
    admin = api_server.client()
    role, binding = grant(namespace, "alice")
    admin.create(role)
    admin.create(binding)
    pods = {name: running_pod(namespace, name, kubelet.name, *CONTAINERS) for name in ("a", "b", "late")}
    for pod in pods.values():
        admin.create(pod)
    count = 0

    def write(pod: str, container: str, lines: int = 1, at: int | None = None) -> None:
        nonlocal count
        text = (f"line {count + one} {'x' * 50}" for one in range(lines))
        kubelet.write(namespace, pod, container, *text, at=at)
        count += lines

    def all_came(what: str) -> None:
        eventually(partial(came, sink, count), what)
        assert len(sink.numbers) == count, f"{what}: repeated lines"

    for name in ("a", "b"):
        for container in CONTAINERS:
            write(name, container, 3, at=time.time_ns())
    kubeconfig = api_server.kubeconfig(api_server.tokens["alice"])
    with Sink() as sink, Agent(tmp_path, config(sink, kubeconfig, namespace)) as agent:
        all_came("what was written before")
        instance = f'instance="{namespace}/a:app", job="{ID}", pod="a"'
        assert sink.labels[f"{{{instance}}}"] == 3
        assert len(sink.labels) == 4

        # A container that has not started is no trouble, and is read from its first line on.
        eventually(
            lambda: any(one.container[1] == "late" for one in kubelet.requests), "a request for what is not there"
        )
        assert agent.health(ID) == ("healthy", "following 6 containers")
        write("late", "app", 2)
        all_came("a container that starts late")

        # A stream that ends within a line, at once (the kubelet's log was rotated), and with the kubelet.
        moment = time.time_ns()
        write("a", "app", 2, at=moment)
        all_came("a stream that goes on")
        kubelet.tear(namespace, "a", "app")
        write("a", "app", 2, at=moment)
        all_came("a torn stream")
        kubelet.cut(namespace, "a", "app")
        write("a", "app", 1, at=moment)
        all_came("a cut stream")
        kubelet.down()
        write("a", "side")
        write("b", "side", 2)
        kubelet.up()
        all_came("a kubelet that comes back")

        # The container is started again while nobody can read it, and its pod's status does not say so.
        kubelet.down()
        write("b", "app", 2)
        kubelet.restart(namespace, "b", "app")
        write("b", "app", 2)
        kubelet.up()
        all_came("a restarted container")

        # What may not be read is named, and read when it is granted.
        admin.delete(binding)
        for container in CONTAINERS:
            kubelet.cut(namespace, "a", container)
        write("a", "app")
        eventually(lambda: "grant verb `get` on `pods`" in agent.health(ID)[1], "a refusal")
        admin.create(binding)
        all_came("what was refused")
        eventually(lambda: agent.health(ID)[0] == "healthy", "health")

        # A pod is deleted while its log is read.
        write("late", "app")
        kubelet.end(namespace, "late", "app")
        admin.delete(pods["late"])
        all_came("the last lines of a pod")
        eventually(lambda: agent.health(ID) == ("healthy", "following 4 containers"), "a pod that is gone")
        eventually(lambda: agent.balanced, "balanced books")
        agent.stop()
    assert sorted(sink.numbers) == list(range(count))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_lines_while_the_process_ends_and_starts(
    api_server: ApiServer, namespace: str, kubelet: Kubelet, tmp_path: Path, end: signal.Signals
) -> None:
    """After an orderly end nothing comes twice; after a crash what was delivered in the last moments before it."""
    for pod in ("a", "b"):
        api_server.client().create(running_pod(namespace, pod, kubelet.name, *CONTAINERS))
    writing = Writing(kubelet, [(namespace, pod, container) for pod in ("a", "b") for container in CONTAINERS])
    with Sink() as sink, Agent(tmp_path, config(sink, api_server.kubeconfig(), namespace)) as agent:
        writing.start()
        ends = restarts(agent, end, lambda: more(sink, len(set(sink.numbers)) + 20))
        written = writing.stop()
        eventually(partial(came, sink, written), "every line")
        eventually(lambda: agent.balanced, "balanced books")
        agent.stop()
    assert set(sink.numbers) == set(range(written))
    again = twice(sink, ends)
    assert again.share == 0 if end == signal.SIGTERM else again.noted_after < 3


VALUES = """
cluster: {name: prod}
presets: [pod-logs-kubernetes-api]
podLogsViaKubernetesApi:
  namespaces: [NAMESPACE]
destinations:
  logs: {type: loki, url: "URL/loki/api/v1/push"}
"""
PODS, MANY = 100, ("app", "proxy", "side")


def test_three_hundred_containers_as_the_preset_reads_them(
    api_server: ApiServer, namespace: str, kubelet: Kubelet, tmp_path: Path
) -> None:
    admin = api_server.client()
    for number in range(PODS):
        admin.create(running_pod(namespace, f"p{number}", kubelet.name, *MANY, **{"app.kubernetes.io/name": "shop"}))
        for place, container in enumerate(MANY):
            kubelet.write(namespace, f"p{number}", container, f"line {number * len(MANY) + place}")
    account = service_account(api_server, namespace, tmp_path)
    with (
        Sink() as sink,
        InPod(
            tmp_path,
            VALUES.replace("NAMESPACE", namespace).replace("URL", sink.url),
            account,
            api_server.url,
            "--collector=alloy-singleton",
        ) as agent,
    ):
        total = PODS * len(MANY)
        eventually(partial(came, sink, total), "a line of each container")
        for number in range(PODS):
            for place, container in enumerate(MANY):
                kubelet.write(namespace, f"p{number}", container, f"line {total + number * len(MANY) + place}")
        eventually(partial(came, sink, 2 * total), "a second line of each container")
        assert sorted(sink.numbers) == list(range(2 * total))
        assert (
            sink.labels[
                f'{{app_kubernetes_io_name="shop", cluster="prod", container="app", instance="{namespace}/p0:app", '
                f'job="{namespace}/app", k8s_cluster_name="prod", namespace="{namespace}", service_name="shop", '
                f'service_namespace="{namespace}"}}'
            ]
            == 2
        )
        # One connection for each stream, and few beside.
        print(f"{agent.resident() >> 20} MiB, {agent.cpu_seconds():.1f} CPU seconds, {agent.connections()} connections")
        assert agent.connections() < total + 20
        assert agent.resident() < 150 << 20
        agent.stop()


def service_account(api_server: ApiServer, namespace: str, folder: Path) -> Path:
    """The files that a pod of an account finds, which may read the logs of the namespace's pods."""
    admin = api_server.client()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "kmon", "namespace": namespace}}
    admin.create(account)
    role, binding = grant(namespace, "kmon")
    subject = {"kind": "ServiceAccount", "name": "kmon", "namespace": namespace}
    admin.create(role)
    admin.create({**binding, "subjects": [subject]})
    files: Mapping[str, str] = {
        "token": admin.account_token(namespace, "kmon"),
        "ca.crt": api_server.ca.read_text(),
        "namespace": namespace,
    }
    place = folder / "account"
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text)
    return place
