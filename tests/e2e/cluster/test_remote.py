"""Secrets and config maps of a real API server in a running graph: rotated, missing, forbidden, out of reach."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from compiler.catalog import load_catalog
from compiler.diagnostics import Source
from runtime.component import Services
from runtime.engine import Engine, Instance, Settings
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from tests.e2e.cluster.client import Object
from tests.e2e.cluster.following import config_map, role_binding, until
from tests.e2e.cluster.proxy import Fault, Proxy
from tests.e2e.cluster.server import ApiServer


@dataclass
class Running:
    """An engine over a text, and what it says of itself."""

    engine: Engine

    def instance(self, component_id: str) -> Instance:
        return next(one for one in self.engine.instances() if one.id == component_id)

    def health(self, component_id: str) -> tuple[str, str]:
        health = self.instance(component_id).health
        return health.state, health.message

    def address(self, component_id: str) -> str:
        output = self.instance(component_id).exported["output"]
        assert isinstance(output, list)
        return str(output[0]["__address__"])


@asynccontextmanager
async def running(folder: Path, text: str) -> AsyncIterator[Running]:
    services = Services(Ledger(), Clusters())
    settings = Settings(folder / "data", module_path=str(folder))
    async with Engine(lambda _: [Source("config.alloy", text)], services, settings, load_catalog()) as engine:
        await engine.reload()
        yield Running(engine)
    assert all(not account.imbalance for account in services.ledger)


@dataclass
class Receiver:
    """A Loki push endpoint that notes who pushes."""

    url: str = ""
    users: list[str] = field(default_factory=list)
    open: int = 0
    """Pushes that needed no password."""

    async def push(self, request: web.Request) -> web.Response:
        await request.read()
        if request.path == "/open":
            self.open += 1
            return web.Response(status=204)
        self.users.append(base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode())
        return web.Response(status=204)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path}", receiver.push)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/push"
    yield receiver
    await runner.cleanup()


def secret(namespace: str, **data: str) -> Object:
    metadata = {"name": "creds", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def remote(kind: str, namespace: str, kubeconfig: Path) -> str:
    return (
        f'remote.kubernetes.{kind} "r" {{\n  namespace = "{namespace}"\n  name = "creds"\n  poll_frequency = "200ms"\n'
        f'  poll_timeout = "5s"\n  client {{\n    kubeconfig_file = "{kubeconfig}"\n  }}\n}}\n'
    )


def user(value: str) -> str:
    return (
        f'discovery.relabel "user" {{\n  targets = [{{ __address__ = {value} }}]\n}}\n'
        'discovery.relabel "neighbour" {\n  targets = [{ __address__ = "here" }]\n}\n'
    )


SECRET = user('convert.nonsensitive(remote.kubernetes.secret.r.data["host"])')
CONFIG_MAP = user('remote.kubernetes.configmap.r.data["host"]')


async def call(method: Callable[[Object], object], what: Object) -> None:
    await asyncio.to_thread(method, what)


async def test_lines_wait_for_the_password_and_follow_its_rotation(
    api_server: ApiServer, namespace: str, receiver: Receiver, tmp_path: Path
) -> None:
    """The other destination of the same lines waits for nothing."""
    client, log = api_server.client(), tmp_path / "in.log"
    log.write_text("before there was a secret\n")
    text = f"""{remote("secret", namespace, api_server.kubeconfig())}
    loki.source.file "s" {{
      targets    = [{{ __path__ = "{log}" }}]
      forward_to = [loki.write.w.receiver, loki.write.open.receiver]
    }}
    loki.write "open" {{
      endpoint {{
        url        = "{receiver.url.replace("/push", "/open")}"
        batch_wait = "10ms"
      }}
    }}
    loki.write "w" {{
      endpoint {{
        url        = "{receiver.url}"
        batch_wait = "10ms"
        basic_auth {{
          username = convert.nonsensitive(remote.kubernetes.secret.r.data["user"])
          password = remote.kubernetes.secret.r.data["password"]
        }}
      }}
    }}"""
    async with running(tmp_path, text) as graph:
        missing = (
            f"cannot get secrets `creds` in namespace `{namespace}`: there is none of that name, or no such namespace"
        )
        assert graph.health("remote.kubernetes.secret.r") == ("unhealthy", missing)
        waits = "`endpoint[0].basic_auth.username` (and 1 more) waits for `remote.kubernetes.secret.r`, which has nothing to"
        assert graph.health("loki.write.w") == ("unhealthy", f"{waits} export yet")
        await until(lambda: receiver.open == 1)
        assert graph.health("loki.source.file.s")[0] == graph.health("loki.write.open")[0] == "healthy"
        assert receiver.users == []
        await call(client.create, secret(namespace, user="u", password="first"))
        await until(lambda: receiver.users == ["u:first"])
        await call(client.patch, secret(namespace, password="second"))
        await until(lambda: "second" in repr(_password(graph)))
        with log.open("a") as file:
            file.write("after the rotation\n")
        await until(lambda: receiver.users == ["u:first", "u:second"])
        await call(client.delete, secret(namespace))
        await until(lambda: graph.health("remote.kubernetes.secret.r") == ("unhealthy", missing))
        with log.open("a") as file:
            file.write("after the deletion\n")
        await until(lambda: receiver.users == ["u:first", "u:second", "u:second"])
        assert graph.health("loki.write.w")[0] == "healthy"


def _password(graph: Running) -> str:
    component = graph.instance("loki.write.w").component
    assert component is not None
    password: str = component.arguments.endpoint[0].basic_auth.password.reveal()
    return password


@pytest.mark.parametrize(("kind", "text"), [("secret", SECRET), ("configmap", CONFIG_MAP)])
async def test_one_name_is_all_that_must_be_granted(
    api_server: ApiServer, namespace: str, tmp_path: Path, kind: str, text: str
) -> None:
    client = api_server.client()
    made = secret(namespace, host="one") if kind == "secret" else config_map(namespace, "creds", host="one")
    await call(client.create, made)
    kubeconfig = api_server.kubeconfig(api_server.tokens["alice"])
    async with running(tmp_path, remote(kind, namespace, kubeconfig) + text) as graph:
        plural = f"{kind}s"
        grant = f"grant verb `get` on `{plural}` in a Role in namespace `{namespace}`"
        refused = (
            f"cannot get {plural} `creds` in namespace `{namespace}`: user `alice` may not `get` `{plural}`, {grant}"
        )
        assert graph.health(f"remote.kubernetes.{kind}.r") == ("unhealthy", refused)
        assert graph.address("discovery.relabel.neighbour") == "here"
        role, binding = role_binding(namespace, "alice", "get", resource=plural)
        role["rules"][0]["resourceNames"] = ["creds"]
        await call(client.create, role)
        await call(client.create, binding)
        await until(lambda: graph.health("discovery.relabel.user")[0] == "healthy")
        assert graph.address("discovery.relabel.user") == "one"
        await call(client.delete, binding)
        await until(lambda: "may not `get`" in graph.health(f"remote.kubernetes.{kind}.r")[1])
        assert graph.address("discovery.relabel.user") == "one"
        await call(client.create, binding)
        await until(lambda: graph.health(f"remote.kubernetes.{kind}.r") == ("healthy", "polled"))


async def test_an_api_server_that_is_away(api_server: ApiServer, namespace: str, proxy: Proxy, tmp_path: Path) -> None:
    await call(api_server.client().create, config_map(namespace, "creds", host="one"))
    proxy.down()
    kubeconfig = api_server.kubeconfig(url=proxy.url)
    async with running(tmp_path, remote("configmap", namespace, kubeconfig) + CONFIG_MAP) as graph:
        assert "no API server answers" in graph.health("remote.kubernetes.configmap.r")[1]
        proxy.up()
        await until(lambda: graph.health("discovery.relabel.user")[0] == "healthy")
        assert graph.address("discovery.relabel.user") == "one"


async def test_an_api_server_that_never_answers(
    api_server: ApiServer, namespace: str, proxy: Proxy, tmp_path: Path
) -> None:
    await call(api_server.client().create, config_map(namespace, "creds", host="one"))
    proxy.faults = [Fault(hang=True)]
    text = remote("configmap", namespace, api_server.kubeconfig(url=proxy.url)).replace('"5s"', '"500ms"')
    async with running(tmp_path, text + CONFIG_MAP) as graph:
        assert graph.health("remote.kubernetes.configmap.r")[1] == (
            f"cannot get configmaps `creds` in namespace `{namespace}`: API server `{proxy.url}`: no answer within 0.5s"
        )
        assert graph.address("discovery.relabel.neighbour") == "here"
        proxy.faults = []
        await until(lambda: graph.health("discovery.relabel.user")[0] == "healthy")
