"""What discovery costs: the pods of a large cluster on a real API server, relabelled, and matched with files.

    python -m bench.discovery [--pods 10000] [--nodes 200] [--rounds 50] [--peer CMD]

A peer's command is as in `bench.logs`: 'alloy run {config} --storage.path={storage} --server.http.listen-addr={listen}'.

`discovery.kubernetes` → `discovery.relabel` → `local.file_match`; each pod gives three targets (two ports of one container, one of the
other). Each agent runs four times:

* `first`: seconds from the start until the first targets are through. The log of a single pod exists, and a `loki.source.file` stands
  behind the chain: its line arrives, whoever the agent is;
* `cluster`: all pods; then its component's page is read as a whole, as a browser does;
* `node`: the pods of one node, by a field selector;
* `churn`: all pods, while a tenth of them is replaced again and again: anonymous memory before, and after each fifth of the rounds.

The agents have a token and the server's authority in files, as a pod has. CPU seconds are the whole process' in its first `SECONDS`,
start-up included; memory is anonymous RSS, then and at its peak. A peer runs the same configurations in the same run, so that only the
ratio counts.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.logs import arrived, counting_sink
from bench.processes import KMON, Agent, running
from tests.e2e.cluster.client import Client
from tests.e2e.cluster.cluster import Cluster
from tests.e2e.cluster.server import ApiServer

SECONDS, _PATIENCE = 30.0, 120.0
_NAMESPACES, _THREADS, _MIB = 20, 8, 2**20
_CHAIN = """
discovery.kubernetes "pods" {{
  role              = "pod"
  api_server        = "{server}"
  bearer_token_file = "{token}"
  tls_config {{
    ca_file = "{ca}"
  }}
{selector}
}}

discovery.relabel "pods" {{
  targets = discovery.kubernetes.pods.targets
  rule {{
    source_labels = ["__meta_kubernetes_pod_phase"]
    regex         = "Failed|Succeeded"
    action        = "drop"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_namespace"]
    target_label  = "namespace"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_pod_name"]
    target_label  = "pod"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_pod_container_name"]
    target_label  = "container"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_container_name"]
    separator     = "/"
    target_label  = "job"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_pod_label_app_kubernetes_io_name", "__meta_kubernetes_pod_container_name"]
    regex         = "([^;]+);.*|;(.+)"
    replacement   = "$1$2"
    target_label  = "service_name"
  }}
  rule {{
    source_labels = ["__meta_kubernetes_namespace", "__meta_kubernetes_pod_name", "__meta_kubernetes_pod_container_name"]
    separator     = "/"
    replacement   = "{logs}/$1/0.log"
    target_label  = "__path__"
  }}
}}

local.file_match "pods" {{
  path_targets = discovery.relabel.pods.output
}}
"""
_TAIL = """
loki.source.file "pods" {{
  targets    = local.file_match.pods.targets
  forward_to = [loki.write.sink.receiver]
}}

loki.write "sink" {{
  endpoint {{
    url        = "{url}/loki/api/v1/push"
    batch_wait = "100ms"
  }}
}}
"""
_ONE_NODE = '  selectors {\n    role  = "pod"\n    field = "spec.nodeName=node-0"\n  }'
_PAGE = "/api/v0/web/components/discovery.kubernetes.pods"


@dataclass(frozen=True, slots=True)
class Pods:
    """`count` pods over `nodes` nodes: the first tenth is of generation `0` and to be replaced, the others are `kept`."""

    client: Client
    count: int
    nodes: int

    @property
    def replaced(self) -> range:
        return range(self.count // 10)

    def prepare(self, logs: Path) -> None:
        """All pods, and under `logs` the log of one on `node-0`."""
        for number in range(_NAMESPACES):
            self.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"team-{number}"}})
        self.create(self.replaced, "0")
        self.create(range(len(self.replaced), self.count), "kept")
        metadata = self._pod((self.count - 1) // self.nodes * self.nodes, "kept")["metadata"]
        log = logs / metadata["namespace"] / metadata["name"] / "sidecar" / "0.log"
        log.parent.mkdir(parents=True)
        log.write_text("the first line\n")

    def create(self, numbers: Iterable[int], generation: str) -> None:
        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(self.client.create, (self._pod(number, generation) for number in numbers)):
                pass

    def delete(self, generation: str) -> None:
        """All of a generation."""
        with ThreadPoolExecutor(_THREADS) as threads:
            paths = [f"/api/v1/namespaces/team-{number}/pods" for number in range(_NAMESPACES)]
            body = {"gracePeriodSeconds": 0}
            selector = {"labelSelector": f"generation={generation}"}
            for _ in threads.map(lambda path: self.client.request("DELETE", path, body, **selector), paths):
                pass

    def _pod(self, number: int, generation: str) -> dict[str, Any]:
        name, node = f"app-{number:05d}-{generation}", f"node-{number % self.nodes}"
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        app, image = f"app-{number % 500}", f"registry.example/team/app-{number % 500}:1.{number % 7}.0"
        labels = {
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/instance": f"{app}-main",
            "pod-template-hash": f"{number % 500:010x}",
            "generation": generation,
        }
        ports = [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}]
        resources = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
        environment = [{"name": f"SETTING_{n}", "value": f"value number {n}"} for n in range(8)]
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": f"team-{number % _NAMESPACES}",
                "labels": labels,
                "annotations": {"prometheus.io/scrape": "true", "checksum/config": f"{number % 500:064x}"},
                "ownerReferences": [
                    {
                        "apiVersion": "apps/v1",
                        "kind": "ReplicaSet",
                        "name": f"{app}-{number % 500:010x}",
                        "uid": f"00000000-0000-0000-0000-{number % 500:012x}",
                        "controller": True,
                    }
                ],
            },
            "spec": {
                "nodeName": node,
                "containers": [
                    {"name": "app", "image": image, "ports": ports, "env": environment, "resources": resources},
                    {"name": "sidecar", "image": "registry.example/mesh/proxy:2.1.0", "resources": resources},
                ],
            },
            "status": {
                "phase": "Running",
                "podIP": address,
                "podIPs": [{"ip": address}],
                "hostIP": f"192.168.0.{number % self.nodes}",
                "hostIPs": [{"ip": f"192.168.0.{number % self.nodes}"}],
                "conditions": [{"type": kind, "status": "True"} for kind in ("Initialized", "Ready", "PodScheduled")],
                "containerStatuses": [
                    {
                        "name": container,
                        "image": image,
                        "imageID": "",
                        "containerID": f"containerd://{number:032x}{container:0>32}",
                        "ready": True,
                        "restartCount": 0,
                    }
                    for container in ("app", "sidecar")
                ],
            },
        }


@dataclass(frozen=True, slots=True)
class Bench:
    pods: Pods
    server: ApiServer
    sink: str
    folder: Path

    def first(self, command: str) -> str:
        """Raises `TimeoutError` when no target comes."""
        before, start = arrived(self.sink), time.monotonic()
        with self._running(command, tail=True) as agent:
            while arrived(self.sink) == before:
                if agent.process.poll() is not None or time.monotonic() - start > _PATIENCE:
                    raise TimeoutError(f"no targets after {_PATIENCE:.0f} seconds:\n{self._log.read_text()[-2000:]}")
                time.sleep(0.02)
            return f"first targets after {time.monotonic() - start:.1f} s"

    def cluster(self, command: str) -> str:
        with self._running(command) as agent:
            cost, start = self._cost(agent), time.monotonic()
            size = len(self._page(agent))
            page = f"its page {size / _MIB:.1f} MiB in {time.monotonic() - start:.1f} s"
            return f"{cost}; {page}, then {agent.anonymous / _MIB:.0f} MiB (peak {agent.peak_anonymous / _MIB:.0f})"

    def node(self, command: str) -> str:
        with self._running(command, _ONE_NODE) as agent:
            cost = self._cost(agent)
            self._page(agent)
            return cost

    def churn(self, command: str, rounds: int) -> str:
        """Ten per cent of the pods go and as many come, `rounds` times."""
        with self._running(command) as agent:
            time.sleep(SECONDS)
            memory = [agent.anonymous]
            for generation in range(rounds):
                self.pods.delete(str(generation))
                self.pods.create(self.pods.replaced, str(generation + 1))
                if (generation + 1) * 5 // rounds > generation * 5 // rounds:
                    memory.append(agent.anonymous)
            cpu = agent.cpu_seconds
        self.pods.delete(str(rounds))
        self.pods.create(self.pods.replaced, "0")
        course = ", ".join(f"{size / _MIB:.0f}" for size in memory)
        return (
            f"{len(self.pods.replaced):,} pods replaced {rounds} times: {course} MiB after each fifth, {cpu:.1f} CPU s"
        )

    @property
    def _log(self) -> Path:
        return self.folder / "agent.log"

    @contextlib.contextmanager
    def _running(self, command: str, selector: str = "", tail: bool = False) -> Iterator[Agent]:
        config, storage, token = (self.folder / name for name in ("config.alloy", "storage", "token"))
        shutil.rmtree(storage, ignore_errors=True)
        token.write_text(self.server.token)
        logs, server = self.folder / "pods", self.server
        chain = _CHAIN.format(server=server.url, token=token, ca=server.ca, selector=selector, logs=logs)
        config.write_text(chain + (_TAIL.format(url=self.sink) if tail else ""))
        with running(command, config, storage, self._log) as agent:
            yield agent

    def _cost(self, agent: Agent) -> str:
        time.sleep(SECONDS)
        memory = f"{agent.anonymous / _MIB:.0f} MiB anonymous (peak {agent.peak_anonymous / _MIB:.0f})"
        return f"{agent.cpu_seconds:.1f} CPU s, {memory}"

    def _page(self, agent: Agent) -> bytes:
        """Raises `LookupError` when no target is on it."""
        page: bytes = urllib.request.urlopen(f"http://{agent.listen}{_PAGE}", timeout=300).read()
        if b"__meta_kubernetes_pod_uid" not in page:
            raise LookupError(f"no targets after {SECONDS:.0f} seconds:\n{self._log.read_text()[-2000:]}")
        return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=10_000)
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=50, help="of replacing a tenth of the pods; 0 leaves it out")
    parser.add_argument("--peer", help="command of another agent, with {config}, {storage} and {listen}")
    options = parser.parse_args()
    agents = {"kmon": KMON} | ({"peer": options.peer} if options.peer else {})
    with tempfile.TemporaryDirectory(prefix="kmon-bench-") as name, counting_sink() as url:
        folder = Path(name)
        with Cluster(folder / "cluster") as cluster:
            server = cluster.api_server
            pods = Pods(server.client(), options.pods, options.nodes)
            pods.prepare(folder / "pods")
            print(f"{options.pods:,} pods of 3 targets on {options.nodes} nodes")
            bench = Bench(pods, server, url, folder)
            for who, command in agents.items():
                print(f"first   {who:<6}{bench.first(command)}", flush=True)
                print(f"cluster {who:<6}{bench.cluster(command)}", flush=True)
                print(f"node    {who:<6}{bench.node(command)}", flush=True)
                if options.rounds:
                    print(f"churn   {who:<6}{bench.churn(command, options.rounds)}", flush=True)


if __name__ == "__main__":
    main()
