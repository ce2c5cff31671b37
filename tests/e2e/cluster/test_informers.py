"""Informers against a real API server: lists in pages, watches that go on, and what happens when the server does not do as asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runtime.backoff import Backoff
from runtime.component import ComponentError
from runtime.http.arguments import TLSConfig
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.cluster import Clusters
from runtime.kubernetes.objects import ConfigMap, Ingress
from runtime.kubernetes.source import ApiError, ObjectSource, Selector
from tests.e2e.cluster.client import Client
from tests.e2e.cluster.cluster import Cluster
from tests.e2e.cluster.following import PATIENCE_SECONDS, config_map, following, role_binding, until
from tests.e2e.cluster.proxy import Fault, Proxy
from tests.e2e.cluster.server import ApiServer


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused asks again after moments, and pages are small."""
    monkeypatch.setattr("runtime.kubernetes.reflector._BACKOFF", Backoff(first=0.05, longest=0.3))
    monkeypatch.setattr("runtime.kubernetes.pages.PAGE", 3)


def source(server: ApiServer, *, url: str = "", token: str | None = None) -> ObjectSource:
    return Clusters().connect(ConnectionArguments(kubeconfig_file=str(server.kubeconfig(token, url=url))))


def in_thread(call: Callable[..., Any], *arguments: Any) -> Any:
    return asyncio.to_thread(call, *arguments)


async def create(client: Client, namespace: str, *names: str) -> None:
    for name in names:
        await in_thread(client.create, config_map(namespace, name))


async def test_objects_come_in_pages_and_their_changes_after_them(
    api_server: ApiServer, namespace: str, proxy: Proxy
) -> None:
    client = api_server.client()
    await create(client, namespace, *(f"c{number}" for number in range(8)))
    async with following(source(api_server, url=proxy.url), Selector((namespace,)), ConfigMap) as seen:
        assert seen.names == [f"c{number}" for number in range(8)]
        assert [asked.query.get("continue") is not None for asked in proxy.asked if not asked.watches] == [0, 1, 1]
        await in_thread(client.patch, config_map(namespace, "c1", k="v"))
        await until(lambda: seen.objects[f"{namespace}/c1"].data == {"k": "v"})
        await in_thread(client.delete, config_map(namespace, "c0"))
        await until(lambda: len(seen.keys) == 3)
        assert len(seen.objects) == 7
        assert seen.keys[1:] == [[f"{namespace}/c1"], [f"{namespace}/c0"]]
        assert not seen.problems


async def test_a_change_of_what_nobody_reads_is_no_change(api_server: ApiServer, namespace: str) -> None:
    client = api_server.client()
    await create(client, namespace, "c")
    async with following(source(api_server), Selector((namespace,)), ConfigMap) as seen:
        finalizer = {**config_map(namespace, "c"), "binaryData": {"k": "dg=="}}
        await in_thread(client.patch, finalizer)
        await create(client, namespace, "later")
        await until(lambda: len(seen.keys) == 2)
        assert len(seen.objects) == 2
        assert seen.keys[1:] == [[f"{namespace}/later"]]


async def test_equal_selections_share_one_list_and_one_watch(
    api_server: ApiServer, namespace: str, proxy: Proxy
) -> None:
    clusters = Clusters()
    arguments = ConnectionArguments(kubeconfig_file=str(api_server.kubeconfig(url=proxy.url)))
    one, other, selector = clusters.connect(arguments), clusters.connect(arguments), Selector((namespace,))
    await create(api_server.client(), namespace, "b")
    async with following(one, selector, ConfigMap) as first:
        async with following(other, selector, ConfigMap) as second:
            await create(api_server.client(), namespace, "c")
            await until(lambda: first.names == second.names == ["b", "c"])
        await create(api_server.client(), namespace, "d")
        await until(lambda: first.names == ["b", "c", "d"])
        assert [asked.watches for asked in proxy.asked] == [False, True]
    # The last one to go ends it, and the next one starts anew.
    async with following(one, selector, ConfigMap) as third:
        assert third.names == ["b", "c", "d"]
    assert [asked.watches for asked in proxy.asked][:3] == [False, True, False]


async def test_a_watch_that_the_server_ends_goes_on_without_a_list(
    api_server: ApiServer, namespace: str, proxy: Proxy
) -> None:
    client = api_server.client()
    await create(client, namespace, "c")
    async with following(source(api_server, url=proxy.url), Selector((namespace,)), ConfigMap) as seen:
        for number in range(3):
            await end_watch(proxy)
            await create(client, namespace, f"n{number}")
            await until(partial(seen.has, f"n{number}"))
        assert not seen.problems
        assert sum(not asked.watches for asked in proxy.asked) == 1


async def end_watch(proxy: Proxy) -> None:
    """One that was asked for, once it passes through."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await in_thread(proxy.close_watches):
            await asyncio.sleep(0.02)


async def test_a_server_that_is_gone_is_named_and_comes_back(own_cluster: Cluster) -> None:
    server = own_cluster.api_server
    client = server.client()
    await create(client, "default", "before")
    async with following(source(server), Selector(("default",)), ConfigMap) as seen:
        await in_thread(own_cluster.kill)
        await until(lambda: f"no API server answers at `{server.url}`: connection refused" in seen.problem)
        assert "before" in seen.names
        await in_thread(own_cluster.start)
        await create(client, "default", "after")
        await until(lambda: "after" in seen.names and not seen.problem)


async def test_a_history_that_was_forgotten_is_listed_again_without_a_gap(own_cluster: Cluster) -> None:
    server = own_cluster.api_server
    client = server.client()
    await create(client, "default", "kept", "deleted")
    with Proxy(server) as proxy:
        async with following(source(server, url=proxy.url), Selector(("default",)), ConfigMap) as seen:
            # A watch that the fault met would never be open, and so never end.
            await until(lambda: proxy.open_watches)
            proxy.faults = [Fault(0)]
            await end_watch(proxy)
            await until(lambda: seen.problem)
            await in_thread(client.delete, config_map("default", "deleted"))
            await create(client, "default", "z", "y", "x", "c", "a")
            await in_thread(own_cluster.compact)
            kept = seen.objects["default/kept"]
            proxy.asked.clear()
            proxy.faults = []
            await until(lambda: "z" in seen.names and not seen.problem)
            assert "deleted" not in seen.names
            assert seen.objects["default/kept"] is kept
            # All pages at once: what came late may stand on the first one.
            told = [keys for keys in seen.keys[1:] if keys]
            assert told == [["default/a", "default/c", "default/deleted", "default/x", "default/y", "default/z"]]
            # The watch was resumed first, and the list came because its history was gone.
            assert False in [asked.watches for asked in proxy.asked]


async def test_a_permission_that_is_taken_away_is_named_until_it_is_back(
    api_server: ApiServer, namespace: str, proxy: Proxy
) -> None:
    client = api_server.client()
    role, binding = role_binding(namespace, "alice", "list", "watch")
    await in_thread(client.create, role)
    await in_thread(client.create, binding)
    alice = source(api_server, url=proxy.url, token=api_server.tokens["alice"])
    async with following(alice, Selector((namespace,)), ConfigMap) as seen:
        assert not seen.problem
        await in_thread(client.delete, binding)
        await end_watch(proxy)
        await until(lambda: "may not" in seen.problem)
        assert seen.problem == (
            f"cannot watch configmaps in namespace `{namespace}`: user `alice` may not `watch` `configmaps`, "
            f"grant verb `watch` on `configmaps` in a Role in namespace `{namespace}`"
        )
        await in_thread(client.create, binding)
        await create(client, namespace, "c")
        await until(lambda: seen.names == ["c"] and not seen.problem)


async def test_what_may_be_listed_but_not_watched_is_listed_again_and_again(
    api_server: ApiServer, namespace: str
) -> None:
    client = api_server.client()
    for made in role_binding(namespace, "bob", "list"):
        await in_thread(client.create, made)
    async with following(source(api_server, token=api_server.tokens["bob"]), Selector((namespace,)), ConfigMap) as seen:
        await until(lambda: "may not `watch` `configmaps`" in seen.problem)
        await create(client, namespace, "c")
        await until(lambda: seen.names == ["c"])


async def test_a_namespace_that_is_refused_does_not_stop_the_other(api_server: ApiServer, namespace: str) -> None:
    client = api_server.client()
    for made in role_binding(namespace, "alice", "list", "watch"):
        await in_thread(client.create, made)
    await create(client, namespace, "c")
    alice = source(api_server, token=api_server.tokens["alice"])
    async with following(alice, Selector(("kube-public", namespace)), ConfigMap) as seen:
        await until(lambda: seen.names == ["c"])
        assert "cannot list configmaps in namespace `kube-public`" in seen.problem


async def test_a_namespace_that_does_not_exist_is_named_until_it_does(api_server: ApiServer, namespace: str) -> None:
    client, name = api_server.client(), f"{namespace}-later"
    await create(client, namespace, "here")
    async with following(source(api_server), Selector((name, namespace)), ConfigMap) as seen:
        await until(lambda: seen.problem == f"cannot list configmaps in namespace `{name}`: there is no such namespace")
        assert seen.names == ["here"]
        made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        await in_thread(client.create, made)
        try:
            await until(lambda: not seen.problem)
            await create(client, name, "there")
            await until(lambda: seen.names == ["here", "there"])
        finally:
            await in_thread(client.delete, made)


async def test_who_may_not_ask_for_a_namespace_is_told_nothing_of_it(api_server: ApiServer, namespace: str) -> None:
    client = api_server.client()
    for made in role_binding(namespace, "bob", "list", "watch"):
        await in_thread(client.create, made)
    async with following(source(api_server, token=api_server.tokens["bob"]), Selector((namespace,)), ConfigMap) as seen:
        await create(client, namespace, "c")
        await until(lambda: seen.names == ["c"])
        assert not seen.problems


@pytest.mark.parametrize(
    "fault", [Fault(500, times=3), Fault(429, times=2, headers={"Retry-After": "1"}), Fault(0, times=3)]
)
async def test_a_server_in_trouble_is_asked_again(
    api_server: ApiServer, namespace: str, proxy: Proxy, fault: Fault
) -> None:
    await create(api_server.client(), namespace, "c")
    proxy.faults = [fault]
    asked = asyncio.get_running_loop().time()
    async with following(source(api_server, url=proxy.url), Selector((namespace,)), ConfigMap) as seen:
        assert seen.problem
        await until(lambda: seen.names == ["c"] and not seen.problem)
    if fault.status == 429:
        assert asyncio.get_running_loop().time() - asked > 2.0


async def test_a_certificate_of_another_authority_is_refused(own_cluster: Cluster) -> None:
    server, stranger = own_cluster.api_server, await in_thread(own_cluster.certificates.stranger)
    connection = ConnectionArguments(kubeconfig_file=str(server.kubeconfig(ca=stranger)))
    async with following(Clusters().connect(connection), Selector(), ConfigMap) as seen:
        assert "is not trusted" in seen.problem
        assert seen.problem.endswith("check the CA")


async def test_tokens_rotate(own_cluster: Cluster, tmp_path: Path) -> None:
    """In a file that the arguments name, as a pod's service account has it, and in a kubeconfig."""
    server, token = own_cluster.api_server, tmp_path / "token"
    kubeconfig = tmp_path / "kubeconfig"

    def write() -> None:
        token.write_text(server.token)
        kubeconfig.write_bytes(server.kubeconfig().read_bytes())

    write()
    named = ConnectionArguments(
        api_server=server.url, bearer_token_file=str(token), tls_config=TLSConfig(ca_file=str(server.ca))
    )
    clusters, selector = Clusters(), Selector(("default",))
    async with (
        following(clusters.connect(named), selector, ConfigMap) as by_file,
        following(
            clusters.connect(ConnectionArguments(kubeconfig_file=str(kubeconfig))), selector, ConfigMap
        ) as by_kubeconfig,
    ):
        both = (by_file, by_kubeconfig)
        await until(lambda: not any(seen.problem for seen in both))
        await in_thread(own_cluster.replace_tokens)
        await until(lambda: all("does not accept the " in seen.problem for seen in both))
        write()
        await create(server.client(), "default", "after")
        await until(lambda: all("after" in seen.names and not seen.problem for seen in both))


async def test_a_service_account_is_used_in_a_pod(
    api_server: ApiServer, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = api_server.client()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "kmon", "namespace": namespace}}
    await in_thread(client.create, account)
    (tmp_path / "token").write_text(await in_thread(client.account_token, namespace, "kmon"))
    (tmp_path / "ca.crt").write_bytes(api_server.ca.read_bytes())
    monkeypatch.setattr("runtime.kubernetes.credentials.SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", api_server.url.rpartition(":")[2])
    async with following(Clusters().connect(ConnectionArguments()), Selector(), Ingress) as seen:
        assert seen.problem == (
            f"cannot list ingresses: the service account `{namespace}/kmon` may not `list` `ingresses`, "
            "grant verb `list` on `ingresses` of API group `networking.k8s.io` in a ClusterRole"
        )


async def test_one_object_is_read(api_server: ApiServer, namespace: str) -> None:
    await in_thread(api_server.client().create, config_map(namespace, "c", k="v"))
    reading = source(api_server)
    assert (await reading.read(ConfigMap, namespace, "c")).data == {"k": "v"}
    with pytest.raises(ApiError, match="there is none of that name") as missing:
        await reading.read(ConfigMap, namespace, "d")
    assert missing.value.status == 404


def test_without_a_pod_and_arguments_there_is_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ComponentError, match="does not run in a pod"):
        Clusters().connect(ConnectionArguments())
