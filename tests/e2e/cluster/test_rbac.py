"""The manifests on a real API server, RBAC on: with them everything works, and without any one of their permissions something fails."""

from __future__ import annotations

import copy
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import snappy

import kmon
from compiler.deploy.granted import read_granted
from compiler.deploy.manifests import objects
from compiler.deploy.printing import documents
from compiler.deployment import workloads
from compiler.diagnostics import Diagnostics, Source
from compiler.lint import Cluster, Selection
from compiler.linting import lint_rendering
from compiler.rendering import Rendering
from tests.e2e.cluster.client import Client, Object
from tests.e2e.cluster.kubelet import Kubelet, running_pod
from tests.e2e.cluster.server import ApiServer

VALUES = """
cluster: {{name: test}}
clusterEvents: {{enabled: true, collector: agent, namespaces: [{namespace}]}}
podLogsViaKubernetesApi:
  enabled: true
  collector: agent
  namespaces: [{namespace}]
  attachNamespaceMetadata: true
  nodeLabels: {{region: true}}
collectors:
  agent: {{presets: [singleton]}}
destinations:
  logs:
    type: loki
    url: "http://127.0.0.1:{port}/loki/api/v1/push"
    auth: {{type: bearerToken}}
    secret: {{create: false, name: loki, namespace: {namespace}}}
"""
_SECONDS = 60.0


@dataclass
class Sink(http.server.ThreadingHTTPServer):
    """Takes what is pushed."""

    text: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Push)


class _Push(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Sink)
        self.server.text += snappy.decompress(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Deployed:
    """What was applied: the objects, the configuration as their ServiceAccount runs it, and where it sends."""

    admin: Client
    rendering: Rendering
    applied: list[Object]
    config: Path
    token: str
    server: ApiServer
    sink: Sink

    @property
    def roles(self) -> list[Object]:
        return [one for one in self.applied if one["kind"] in ("Role", "ClusterRole")]


@pytest.fixture
def deployed(api_server: ApiServer, namespace: str, kubelet: Kubelet, tmp_path: Path) -> Iterator[Deployed]:
    admin = api_server.client()
    admin.create(running_pod(namespace, "web", kubelet.name, "app"))
    kubelet.write(namespace, "web", "app", "a line of a pod")
    admin.create(event(namespace))
    secret = {"name": "loki", "namespace": namespace}
    admin.create({"apiVersion": "v1", "kind": "Secret", "metadata": secret, "stringData": {"bearerToken": "t"}})
    sink = Sink()
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    text = VALUES.format(namespace=namespace, port=sink.server_address[1])
    rendering = kmon.render([Source("values.yaml", text)], namespace=namespace)
    found = Diagnostics()
    applied = [one for workload in workloads(rendering, found) for one in objects(workload)]
    assert not found.found
    try:
        for one in applied:
            admin.request("POST", admin.path(one, named=False), one, fieldValidation="Strict")
        token = admin.account_token(namespace, "agent")
        config = tmp_path / "config.alloy"
        config.write_text(with_kubeconfig(rendering.collectors[0].text, api_server.kubeconfig(token)))
        yield Deployed(admin, rendering, applied, config, token, api_server, sink)
    finally:
        sink.shutdown()
        sink.server_close()
        for one in applied:
            if one["kind"].startswith("ClusterRole"):
                admin.delete(one)


def event(namespace: str) -> Object:
    involved = {"kind": "Pod", "name": "web", "namespace": namespace}
    head = {"name": "web.1", "namespace": namespace}
    times = {"firstTimestamp": "2030-01-01T00:00:00Z", "lastTimestamp": "2030-01-01T00:00:00Z"}
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": head, "involvedObject": involved, "reason": "Started",
        "message": "an event of a pod", "type": "Normal", "count": 1, "source": {"component": "kubelet"}, **times,
    }  # fmt: skip


def with_kubeconfig(text: str, file: Path) -> str:
    """No pod runs here that would have its token mounted: the same token and CA come out of a file."""
    line = f'kubeconfig_file = "{file}"'
    text = re.sub(r'(discovery\.kubernetes "\w+" \{\n)', rf"\1\t{line}\n", text)
    clients = r'((?:loki\.source\.kubernetes(?:_events)?|remote\.kubernetes\.secret) "\w+" \{\n)'
    return re.sub(clients, rf"\1\tclient {{\n\t\t{line}\n\t}}\n", text)


@contextmanager
def agent(deployed: Deployed, folder: Path) -> Iterator[Agent]:
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "kmon", "run", str(deployed.config), "--server.http.listen-addr=127.0.0.1:0"]
        process = subprocess.Popen(
            [*command, f"--storage.path={folder}/data"], stdout=log, stderr=log, env={**os.environ}
        )
    try:
        yield Agent(process, folder / "log")
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Agent:
    process: subprocess.Popen[bytes]
    log: Path

    def health(self) -> dict[str, tuple[str, str]]:
        """State and message by component; empty as long as it does not answer."""
        address = re.search(r"addr=(127\.0\.0\.1:\d+)", self.log.read_text())
        if address is None:
            return {}
        with urllib.request.urlopen(f"http://{address[1]}/api/v0/web/components", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return {one["localID"]: (one["health"]["state"], one["health"]["message"]) for one in found}


def until(true: Any) -> Any:
    deadline = time.monotonic() + _SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
    return found


def triples(roles: list[Object]) -> Iterator[tuple[int, int, str, str]]:
    """Each verb on each resource: role, rule, verb, resource."""
    for role, one in enumerate(roles):
        for rule, said in enumerate(one["rules"]):
            for resource in said["resources"]:
                for verb in said["verbs"]:
                    yield role, rule, verb, resource


def without(roles: list[Object], role: int, rule: int, verb: str, resource: str) -> Object:
    """The role without one verb on one resource."""
    changed = copy.deepcopy(roles[role])
    old = changed["rules"].pop(rule)
    others = [one for one in old["resources"] if one != resource]
    verbs = [one for one in old["verbs"] if one != verb]
    changed["rules"] += [{**old, "resources": others}] if others else []
    changed["rules"] += [{**old, "resources": [resource], "verbs": verbs}] if verbs else []
    return changed


def may(deployed: Deployed, role: Object, verb: str, resource: str) -> bool:
    name, _, sub = resource.partition("/")
    asked = {"verb": verb, "resource": name, "subresource": sub, "namespace": role["metadata"].get("namespace", "")}
    asked |= {"name": "loki"} if name == "secrets" else {}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    client = deployed.server.client(deployed.token)
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return bool(client.request("POST", path, review)["status"]["allowed"])


def lint(deployed: Deployed, roles: list[Object]) -> dict[str, str]:
    """Code to message of what lint finds about roles."""
    text = documents([*roles, *(one for one in deployed.applied if one["kind"].endswith("Binding"))])
    cluster = Cluster(read_granted(Source("rbac.yaml", text)))
    found = lint_rendering(deployed.rendering, Selection(("KM705", "KM706")), cluster)
    return {one.code: one.message for one in found}


def test_with_all_permissions_everything_works(deployed: Deployed, tmp_path: Path) -> None:
    assert lint(deployed, deployed.roles) == {}
    with agent(deployed, tmp_path / "run") as running:
        until(lambda: b"a line of a pod" in deployed.sink.text and b"an event of a pod" in deployed.sink.text)
        assert {state for state, _ in running.health().values()} == {"healthy"}


def test_without_any_one_permission_something_says_so(deployed: Deployed, tmp_path: Path) -> None:
    roles = deployed.roles
    every = list(triples(roles))
    assert len(every) > 5
    for number, (role, rule, verb, resource) in enumerate(every):
        whole, changed = roles[role], without(roles, role, rule, verb, resource)
        path = deployed.admin.path(whole)
        deployed.admin.request("PATCH", path, {"rules": changed["rules"]}, "application/merge-patch+json")
        until(lambda: not may(deployed, whole, verb, resource))  # noqa: B023 - called at once
        with agent(deployed, tmp_path / f"run-{number}") as running:
            wanted = f"verb `{verb}` on `{resource}`"
            until(lambda: any(state == "unhealthy" and wanted in text for state, text in running.health().values()))  # noqa: B023
        assert f"{verb} {resource}" in lint(deployed, [*roles[:role], changed, *roles[role + 1 :]])["KM705"]
        deployed.admin.request("PATCH", path, {"rules": whole["rules"]}, "application/merge-patch+json")
        until(lambda: may(deployed, whole, verb, resource))  # noqa: B023
