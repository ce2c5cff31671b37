from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source
from runtime.component import Services
from runtime.engine import Engine, Settings
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.server import Server

CONFIG = """
logging { level = "info" }

local.file "token" {
  filename  = "FOLDER/token"
  is_secret = true
}

discovery.relabel "a" {
  targets = [{ "__address__" = "a:1" }]

  rule {
    target_label = "x"
    replacement  = "y"
  }
}

discovery.relabel "b" {
  targets = discovery.relabel.a.output
}
"""


class Client:
    """Asks a server; `text` is what the engine reads at the next load."""

    def __init__(self, session: ClientSession, base: str, engine: Engine) -> None:
        self.session = session
        self.base = base
        self.engine = engine
        self.text = ""

    async def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        async with self.session.request(method, f"{self.base}{path}") as answer:
            return answer.status, await answer.text()

    async def json(self, path: str) -> Any:
        async with self.session.get(f"{self.base}{path}") as answer:
            return await answer.json()


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "token").write_text("hidden")
    services = Services(Ledger(), Clusters(), version="1.2.3")

    def read(_: Diagnostics) -> list[Source]:
        return [Source("config.alloy", asking.text)]

    engine = Engine(read, services, Settings(tmp_path / "data"), load_catalog())
    server = Server(engine, services, "127.0.0.1", 0)
    async with server, engine, ClientSession() as session:
        asking = Client(session, f"http://{server.address}", engine)
        asking.text = CONFIG.replace("FOLDER", str(tmp_path))
        yield asking


async def test_ready_after_the_first_load_only(client: Client) -> None:
    assert await client.get("/-/ready") == (503, "Alloy is not ready.\n")
    await client.engine.reload()
    assert await client.get("/-/ready") == (200, "Alloy is ready.\n")
    assert await client.get("/-/healthy") == (200, "All Alloy components are healthy.\n")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_reload(client: Client, method: str) -> None:
    assert await client.get("/-/reload", method) == (200, "config reloaded\n")
    client.text += 'nope.nope "x" { }\n'
    status, text = await client.get("/-/reload", method)
    assert status == 400
    assert "config.alloy:21:1: error[" in text
    assert len((await client.get("/api/v0/web/components"))[1]) > 2


async def test_components_without_configuration_blocks_and_without_their_values(client: Client) -> None:
    await client.engine.reload()
    listed = await client.json("/api/v0/web/components")
    assert [(c["localID"], c["arguments"]) for c in listed] == [
        ("local.file.token", []),
        ("discovery.relabel.a", []),
        ("discovery.relabel.b", []),
    ]


async def test_a_component_in_full(client: Client) -> None:
    await client.engine.reload()
    a = await client.json("/api/v0/web/components/discovery.relabel.a")
    assert (a["referencesTo"], a["referencedBy"], a["dataFlowEdgesTo"]) == (
        [],
        ["discovery.relabel.b"],
        ["discovery.relabel.b"],
    )
    assert a["arguments"][1] == {
        "name": "rule",
        "type": "block",
        "body": [
            {"name": "regex", "type": "attr", "value": {"type": "string", "value": "(.*)"}},
            {"name": "target_label", "type": "attr", "value": {"type": "string", "value": "x"}},
            {"name": "replacement", "type": "attr", "value": {"type": "string", "value": "y"}},
        ],
    }
    labels = [
        {"key": name, "value": {"type": "string", "value": value}}
        for name, value in (("__address__", "a:1"), ("x", "y"))
    ]
    output = {"type": "array", "value": [{"type": "object", "value": labels}]}
    assert a["exports"][0] == {"name": "output", "type": "attr", "value": output}


async def test_secrets_are_not_shown(client: Client) -> None:
    await client.engine.reload()
    for path in ("/api/v0/web/components/local.file.token", "/api/v0/web/components", "/metrics"):
        assert "hidden" not in (await client.get(path))[1]


async def test_what_looks_like_a_secret_is_not_shown(client: Client) -> None:
    client.text = """
    loki.write "w" {
      endpoint {
        url     = "http://me:hidden@127.0.0.1:9/push"
        headers = { "X-Api-Key" = "hidden", "X-Team" = "shown" }
      }
    }
    """
    await client.engine.reload()
    _, text = await client.get("/api/v0/web/components/loki.write.w")
    assert "hidden" not in text
    assert "http://me:xxxxx@127.0.0.1:9/push" in text
    assert "shown" in text


async def test_what_is_not_there(client: Client) -> None:
    assert await client.get("/nope") == (404, "404 page not found\n")
    assert await client.get("/api/v0/web/components/nope") == (404, "404 page not found\n")


async def test_metrics(client: Client) -> None:
    await client.engine.reload()
    _, text = await client.get("/metrics")
    names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
    assert len(names) == len(set(names))
    for line in (
        'alloy_component_controller_running_components{controller_id="",controller_path="/",health_type="healthy"} 3',
        "alloy_config_last_load_successful 1",
        "alloy_config_load_failures_total 0",
    ):
        assert f"\n{line}\n" in text
    assert 'local_file_timestamp_last_accessed_unix_seconds{component_id="local.file.token",component_path="/"}' in text


MANY = """
discovery.relabel "many" {
  targets = [
    { "__address__" = "a:1" }, { "__address__" = "a:2" }, { "__address__" = "a:3" }, { "__address__" = "a:4" },
  ]
}
"""


def shown(found: Any, kind: str) -> tuple[list[str], Any]:
    """The addresses of the first list among arguments or exports, and what it says of the rest."""
    attribute = found[kind][0]
    return [target["value"][0]["value"]["value"] for target in attribute["value"]["value"]], attribute.get("elided")


async def test_long_lists_are_shown_a_page_at_a_time(client: Client) -> None:
    client.text = MANY
    await client.engine.reload()
    path = "/api/v0/web/components/discovery.relabel.many"
    for kind in ("arguments", "exports"):
        assert shown(await client.json(path), kind) == (["a:1", "a:2", "a:3", "a:4"], None)
        part = {"total": 4, "offset": 1, "limit": 2}
        assert shown(await client.json(f"{path}?offset=1&limit=2"), kind) == (["a:2", "a:3"], part)
        assert shown(await client.json(f"{path}?offset=9"), kind) == ([], {"total": 4, "offset": 9, "limit": 500})
    status, text = await client.get(f"{path}?limit=all")
    assert (status, text) == (400, "`limit=all` is no count, write as in `?offset=500&limit=500`\n")
