"""The cluster of the tests is a real one, and what makes it misbehave works."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.cluster.client import ApiError, Client, Object
from tests.e2e.cluster.cluster import Cluster
from tests.e2e.cluster.kubelet import Kubelet, running_pod
from tests.e2e.cluster.proxy import Fault, Proxy
from tests.e2e.cluster.server import ApiServer
from tests.e2e.cluster.shared import joined


def config_map(namespace: str, name: str, **data: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:.0f}s"
        time.sleep(0.05)


def refused(client: Client, path: str) -> int:
    with pytest.raises(ApiError) as error:
        client.request("GET", path)
    return error.value.status


def test_version_and_status(api_server: ApiServer, namespace: str) -> None:
    client = api_server.client()
    assert client.request("GET", "/version")["gitVersion"].startswith("v1.34.")
    made = client.create(running_pod(namespace, "web", "nowhere", "app"))
    assert made["status"]["podIP"] == "10.0.0.1"
    client.patch({**running_pod(namespace, "web", "nowhere"), "spec": {}, "status": {"phase": "Failed"}})
    assert client.get(made)["status"]["phase"] == "Failed"
    client.delete(made)
    assert refused(client, client.path(made)) == 404


def test_users_may_do_what_a_role_says(api_server: ApiServer, namespace: str) -> None:
    admin, alice = api_server.client(), api_server.client(api_server.tokens["alice"])
    pods = f"/api/v1/namespaces/{namespace}/pods"
    assert refused(alice, pods) == 403
    admin.create(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "reader", "namespace": namespace},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}],
        }
    )
    admin.create(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "reader", "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
        }
    )
    eventually(lambda: _allowed(alice, pods))
    with pytest.raises(ApiError) as error:
        list(alice.watch(pods))
    assert (error.value.status, error.value.reason) == (403, "Forbidden")


def test_a_service_account_and_the_end_of_its_token(own_cluster: Cluster) -> None:
    server = own_cluster.api_server
    admin = server.client()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "kmon", "namespace": "default"}}
    uid = admin.create(account)["metadata"]["uid"]
    me = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    good = server.client(admin.account_token("default", "kmon"))
    name = "system:serviceaccount:default:kmon"
    assert good.request("POST", path, me)["status"]["userInfo"]["username"] == name
    short = server.client(own_cluster.certificates.account_token("default", "kmon", uid, 2))
    assert short.request("POST", path, me)["status"]["userInfo"]["username"] == name
    eventually(lambda: not _allowed(short, "/api/v1"))
    assert refused(short, "/api/v1") == 401


def test_a_watch_sees_what_happens(api_server: ApiServer, namespace: str) -> None:
    client, path = api_server.client(), f"/api/v1/namespaces/{namespace}/configmaps"
    client.create(config_map(namespace, "a", x="1"))
    version = client.request("GET", path)["metadata"]["resourceVersion"]
    client.patch(config_map(namespace, "a", x="2"))
    client.delete(config_map(namespace, "a"))
    events = [(event["type"], event["object"]["data"]["x"]) for event in client.watch(path, version, timeoutSeconds=1)]
    assert events == [("MODIFIED", "2"), ("DELETED", "2")]


def test_logs_stream_through_the_api_server(api_server: ApiServer, namespace: str, kubelet: Kubelet) -> None:
    client = api_server.client()
    client.create(running_pod(namespace, "web", kubelet.name, "app"))
    path = f"/api/v1/namespaces/{namespace}/pods/web/log"
    assert refused(client, path) == 400
    kubelet.write(namespace, "web", "app", "old", at=1_700_000_000_000_000_001)
    kubelet.write(namespace, "web", "app", "new", at=1_700_000_100_500_000_000)
    assert client.request("GET", path) == "old\nnew\n"
    assert client.request("GET", path, tailLines=1) == "new\n"
    stamped = client.request("GET", path, timestamps="true", sinceTime="2023-11-14T22:15:00Z")
    assert stamped == "2023-11-14T22:15:00.500000000Z new\n"
    followed: list[bytes] = []
    follower = threading.Thread(target=lambda: followed.extend(client.lines(path, follow="true")))
    follower.start()
    eventually(lambda: kubelet.requests[-1].query.get("follow") == "true")
    kubelet.write(namespace, "web", "app", "newest")
    kubelet.cut(namespace, "web", "app")
    follower.join(20)
    assert followed == [b"old", b"new", b"newest"]


def test_the_server_comes_back_where_it_was(own_cluster: Cluster) -> None:
    client = own_cluster.api_server.client()
    client.create(config_map("default", "kept", x="1"))
    own_cluster.kill()
    with pytest.raises(ConnectionError, match="refused"):
        own_cluster.api_server.client().request("GET", "/version")
    own_cluster.start()
    assert client.get(config_map("default", "kept"))["data"] == {"x": "1"}


def test_after_a_compaction_nobody_resumes(own_cluster: Cluster) -> None:
    client, path = own_cluster.api_server.client(), "/api/v1/namespaces/default/configmaps"
    version = client.request("GET", path)["metadata"]["resourceVersion"]
    client.create(config_map("default", "later"))
    assert len(list(client.watch(path, version, timeoutSeconds=1))) == 1
    own_cluster.compact()
    with pytest.raises(ApiError) as error:
        list(client.watch(path, version, timeoutSeconds=1))
    assert (error.value.status, error.value.reason) == (410, "Expired")


def test_replaced_tokens(own_cluster: Cluster) -> None:
    old = own_cluster.api_server.client()
    own_cluster.replace_tokens()
    assert refused(old, "/api/v1") == 401
    assert own_cluster.api_server.client().request("GET", "/api/v1")["kind"] == "APIResourceList"


def test_the_proxy_fails_as_told_and_closes_watches(api_server: ApiServer, namespace: str, proxy: Proxy) -> None:
    client = Client(proxy.url, api_server.ca, api_server.token)
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    proxy.faults = [Fault(429, times=1, headers={"Retry-After": "1"}), Fault(0, lambda asked: asked.path == "/version")]
    assert refused(client, path) == 429
    assert client.request("GET", path)["items"] == []
    with pytest.raises(ConnectionError, match="aborted"):
        client.request("GET", "/version")
    events: list[Object] = []
    watcher = threading.Thread(target=lambda: events.extend(client.watch(path, "0")))
    watcher.start()
    client.create(config_map(namespace, "a"))
    eventually(lambda: any(asked.watches for asked in proxy.asked))
    time.sleep(0.3)
    assert proxy.close_watches() == 1
    watcher.join(20)
    assert [event["type"] for event in events] == ["ADDED"]
    proxy.down()
    with pytest.raises(ConnectionError, match="refused"):
        client.request("GET", path)
    proxy.up()
    assert client.request("GET", path)["kind"] == "ConfigMapList"


def test_workers_share_one_server_which_ends_with_the_last(api_server: ApiServer, tmp_path: Path) -> None:
    holder = (
        "import sys; from pathlib import Path; from tests.e2e.cluster.shared import joined\n"
        "with joined(Path(sys.argv[1])) as server: print(server.url, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(tmp_path / "cluster")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        url = killed.stdout.readline().strip()
        with joined(tmp_path / "cluster") as server:
            assert server.url == url
            killed.kill()
            killed.wait()
            time.sleep(1.5)
            assert server.client().request("GET", "/version")["major"] == "1"
    eventually(lambda: not (tmp_path / "cluster" / "api-server.json").exists())
    eventually(lambda: _gone(server))


def _allowed(client: Client, path: str) -> bool:
    try:
        client.request("GET", path)
    except ApiError as error:
        assert error.status in (401, 403)
        return False
    return True


def _gone(server: ApiServer) -> bool:
    try:
        server.client().request("GET", "/version")
    except ConnectionError as error:
        return "refused" in str(error)
    return False
