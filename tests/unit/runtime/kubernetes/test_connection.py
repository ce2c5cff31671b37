"""Connections: arguments that exclude each other, kubeconfig files, the pod's service account."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Secret
from runtime.component import ComponentError
from runtime.kubernetes.arguments import ConnectionArguments, validate_connection
from runtime.kubernetes.cluster import Clusters
from runtime.kubernetes.credentials import credentials_for, own_namespace
from runtime.kubernetes.kubeconfig import Kubeconfig
from runtime.kubernetes.source import ApiError


@pytest.mark.parametrize(
    ("arguments", "attribute", "message"),
    [
        ({"api_server": "https://a:1", "kubeconfig_file": "f"}, "client.kubeconfig_file", "exclude each other"),
        ({"api_server": "a:6443"}, "client.api_server", "is no URL of an API server"),
        ({"bearer_token": Secret("t")}, "client.bearer_token", "`bearer_token` needs `api_server`"),
        ({"kubeconfig_file": "f", "proxy_url": "http://p:1"}, "client.proxy_url", "names the whole connection"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(arguments: Any, attribute: str, message: str) -> None:
    with pytest.raises(ComponentError, match=message) as refused:
        validate_connection(ConnectionArguments(**arguments), "client")
    assert refused.value.attribute == attribute


def kubeconfig(file: Path, user: dict[str, Any], server: str = "https://a.example:6443/") -> Path:
    document = {
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "users": [{"name": "u", "user": user}],
    }
    file.write_text(json.dumps(document))
    return file


CONTEXT = """clusters: [{{name: k, cluster: {{server: {server}}}}}]
contexts: [{{name: c, context: {{cluster: k, user: {user}}}}}]
current-context: {wanted}
users: [{{name: u}}]
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r"kubeconfig \S+:1:5: is no valid YAML"),
        ("just text", r"kubeconfig \S+:1:1: is no kubeconfig"),
        ("clusters: {}\n", "`clusters` must be a list|has no `current-context`"),
        ("clusters: []\n", "has no `current-context`, choose one with `kubectl config use-context NAME`"),
        (
            "clusters: []\ncontexts: []\ncurrent-context: c\n",
            r":3:18: context `c` is not among its `contexts`: there are none",
        ),
        (
            "clusters: [a]\ncontexts: [{name: c, context: {cluster: a}}]\ncurrent-context: c\n",
            r":1:12: an entry of `clusters` needs",
        ),
        (
            CONTEXT.format(server="https://a:1", wanted="d", user="u"),
            r":3:18: context `d` is not among its `contexts`: `c`",
        ),
        (CONTEXT.format(server="https://a:1", wanted="c", user="v"), r":2:50: user `v` is not among its `users`: `u`"),
        (CONTEXT.format(server="a:6443", wanted="c", user="u"), r":1:40: a cluster needs `server`, the URL"),
        (
            CONTEXT.format(server="https://a:1, certificate-authority-data: '!!'", wanted="c", user="u"),
            r":1:81: `certificate-authority-data` is not base64",
        ),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ComponentError, match=message) as refused:
        Kubeconfig(file)
    assert refused.value.attribute == "kubeconfig_file"


async def test_a_kubeconfig_gives_server_and_token(tmp_path: Path) -> None:
    access = await Kubeconfig(kubeconfig(tmp_path / "config", {"token": "t"})).access()
    assert access.server == "https://a.example:6443"
    assert access.authorization == "Bearer t"


async def test_a_changed_kubeconfig_is_read_again_and_a_broken_one_is_a_problem(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path / "config", {"token": "old"})
    config = Kubeconfig(file)
    assert (await config.access()).authorization == "Bearer old"
    kubeconfig(file, {"token": "new token"})
    assert (await config.access()).authorization == "Bearer new token"
    file.write_text("[")
    with pytest.raises(ApiError, match="is no valid YAML"):
        await config.access()
    kubeconfig(file, {"token": "mended"})
    assert (await config.access()).authorization == "Bearer mended"


def plugin(file: Path, body: str) -> dict[str, Any]:
    file.write_text(f"#!/bin/sh\necho run >> {file}.runs\n{body}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"command": str(file), "apiVersion": "client.authentication.k8s.io/v1"}}


async def test_an_exec_plugin_runs_once_until_its_token_ends_or_is_refused(tmp_path: Path) -> None:
    status = {"token": "t", "expirationTimestamp": "2099-01-01T00:00:00Z"}
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    user = plugin(tmp_path / "plugin", f"echo '{json.dumps(answer)}'")
    config = Kubeconfig(kubeconfig(tmp_path / "config", user))

    def runs() -> int:
        return len((tmp_path / "plugin.runs").read_text().splitlines())

    first = await config.access()
    assert first.authorization == "Bearer t"
    assert await config.access() is first
    assert runs() == 1
    # All who were refused with it ask at once.
    again = await asyncio.gather(*(config.access(first) for _ in range(5)))
    assert {access.authorization for access in again} == {"Bearer t"}
    assert runs() == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("echo who are you >&2; exit 3", "process returned 3. who are you"),
        ("echo '{}'", "malformed response. missing key 'apiVersion'"),
        (None, "No such file or directory"),
    ],
)
async def test_an_exec_plugin_that_fails_is_named_with_its_reason(tmp_path: Path, body: str | None, why: str) -> None:
    file = tmp_path / "plugin"
    user = plugin(file, body or "")
    if body is None:
        file.unlink()
    with pytest.raises(ApiError) as failed:
        await Kubeconfig(kubeconfig(tmp_path / "config", user)).access()
    assert f"/config: no credentials came from its exec plugin `{file}`: {why}" in str(failed.value)


async def test_an_exec_plugin_that_hangs_is_named_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.kubernetes.kubeconfig._LOGIN_SECONDS", 0.3)
    file, status = tmp_path / "plugin", {"token": "t", "expirationTimestamp": "2099-01-01T00:00:00Z"}
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    waiting = f"until [ -e {tmp_path}/go ]; do sleep 0.05; done; echo '{json.dumps(answer)}'"
    config = Kubeconfig(kubeconfig(tmp_path / "config", plugin(file, waiting)))
    for _ in range(2):
        with pytest.raises(ApiError, match=f"no credentials came within 0.3s from its exec plugin `{file}`"):
            await config.access()
    (tmp_path / "go").touch()
    assert (await config.access()).authorization == "Bearer t"
    assert len((tmp_path / "plugin.runs").read_text().splitlines()) == 1


@pytest.mark.parametrize("user", [{"tokenFile": "gone"}, {"client-certificate": "gone", "client-key": "gone"}])
async def test_a_file_that_a_kubeconfig_names_and_is_not_there(tmp_path: Path, user: dict[str, str]) -> None:
    with pytest.raises(ApiError, match=r"config: cannot read `\S+/gone`: no such file"):
        await Kubeconfig(kubeconfig(tmp_path / "config", user)).access()


async def test_a_context_may_have_no_user(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path / "config", {})
    document = json.loads(file.read_text())
    del document["contexts"][0]["context"]["user"], document["users"]
    file.write_text(json.dumps(document))
    access = await Kubeconfig(file).access()
    assert (access.server, access.authorization) == ("https://a.example:6443", "")


async def test_a_pod_has_its_account_and_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.kubernetes.credentials.SERVICE_ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    with pytest.raises(ComponentError, match="automountServiceAccountToken: true"):
        credentials_for(ConnectionArguments())
    assert own_namespace() == ""
    (tmp_path / "token").write_text("t")
    (tmp_path / "namespace").write_text("mine\n")
    access = await credentials_for(ConnectionArguments()).access()
    assert access.server == "https://[fd00::1]:443"
    assert access.client.bearer_token_file == os.fspath(tmp_path / "token")
    assert own_namespace() == "mine"


def test_what_is_wrong_is_named_by_its_place_in_a_block(tmp_path: Path) -> None:
    with pytest.raises(ComponentError) as refused:
        Clusters().connect(ConnectionArguments(kubeconfig_file=str(tmp_path / "none")), "client")
    assert refused.value.attribute == "client.kubeconfig_file"


def test_equal_arguments_are_one_connection_while_somebody_has_it() -> None:
    clusters = Clusters()
    one = clusters.connect(ConnectionArguments(api_server="https://a:1"))
    assert clusters.connect(ConnectionArguments(api_server="https://a:1")) is one
    assert clusters.connect(ConnectionArguments(api_server="https://b:1")) is not one
