"""Every registered component lives as the contract says: built from little, updated, run, drained, stopped."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compiler.catalog import BodySchema, load_catalog
from compiler.evaluate.types import Duration, Secret
from runtime.component import Component, HealthState, Options, Services
from runtime.engine.arguments import to_arguments
from runtime.kubernetes.inventory import Inventory
from runtime.ledger import Ledger
from runtime.registry import Registration, find, names


class Ground:
    """Where one component is built; keeps what it exports and reports."""

    def __init__(self, name: str, folder: Path, page: str) -> None:
        registration, schema = find(name), load_catalog().get(name)
        assert registration is not None
        assert schema is not None
        self.registration: Registration = registration
        (folder / "file.txt").write_text("text")
        (folder / "objects.yaml").write_text(_OBJECTS)
        self.samples: Mapping[str, object] = {
            "filename": str(folder / "file.txt"),
            "role": "pod",
            "url": page,
            **_LOOPBACK,
        }
        self.services = Services(Ledger(), Inventory([folder / "objects.yaml"]), "instance", "0")
        self.folder = folder
        self.exported: list[msgspec.Struct] = []
        self.states: list[str] = []
        self.arguments = to_arguments(self._minimal(schema.body), registration.arguments)

    def build(self) -> Component[Any]:
        options = Options(
            id=f"{self.registration.name}.x",
            data_path=self.folder / "data",
            logger=logging.getLogger("contract"),
            export=self.exported.append,
            set_health=lambda state, _: self.states.append(state),
            services=self.services,
        )
        return self.registration.build(options, self.arguments)

    def _minimal(self, body: BodySchema) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, attribute in body.attributes.items():
            if attribute.required or name in _LOOPBACK:
                values[name] = self.samples.get(name, _SAMPLES.get(attribute.type.partition("(")[0]))
        for name, block in body.blocks.items():
            if block.required or name in _NEEDED_BLOCKS:
                inner = self._minimal(block.body)
                values[name] = [inner] if block.repeated else inner
        return values


_SAMPLES: Mapping[str, object] = {
    "string": "x",
    "bool": False,
    "number": 1,
    "list": [],
    "map": {},
    "duration": Duration(10**9),
    "secret": Secret("x"),
}
_NEEDED_BLOCKS = ("endpoint", "http")
"""Blocks that a component asks for itself, where the schema does not, and those of servers."""
_LOOPBACK: Mapping[str, object] = {"listen_address": "127.0.0.1", "listen_port": 0}
"""Where a server listens: at a free port that nobody else sees."""


_OBJECTS = """
{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: x}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: x}}
"""
"""What the samples of names find."""


class _Page(BaseHTTPRequestHandler):
    """Good for every component that gets something."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def page() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/push"
        server.shutdown()


@pytest.fixture(params=names())
def ground(request: pytest.FixtureRequest, tmp_path: Path, page: str) -> Ground:
    return Ground(request.param, tmp_path, page)


def only_this_task() -> bool:
    return asyncio.all_tasks() == {asyncio.current_task()}


async def test_built_but_never_run(ground: Ground) -> None:
    ground.build()
    assert only_this_task()


async def test_drained_but_never_run(ground: Ground) -> None:
    await asyncio.wait_for(ground.build().drain(), 5)
    assert only_this_task()


async def test_receivers_are_exported_when_built(ground: Ground) -> None:
    exports = ground.registration.exports
    ground.build()
    if exports is not None and any("receiver" in field.name for field in msgspec.structs.fields(exports)):
        assert ground.exported, "dependants must find the receiver"


async def test_updated_before_and_while_it_runs(ground: Ground) -> None:
    component = ground.build()
    await component.update(ground.arguments)
    running = asyncio.create_task(component.run())
    await asyncio.sleep(0.01)
    await component.update(ground.arguments)
    await component.update(ground.arguments)
    await asyncio.sleep(0.01)
    assert not (running.done() and running.exception()), running
    assert HealthState.UNHEALTHY not in ground.states
    await stop(component, running)


async def test_built_a_second_time_after_a_stop(ground: Ground) -> None:
    for _ in range(2):
        component = ground.build()
        running = asyncio.create_task(component.run())
        await asyncio.sleep(0.01)
        await stop(component, running)


async def test_cancelled_without_draining(ground: Ground) -> None:
    component = ground.build()
    running = asyncio.create_task(component.run())
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running}, timeout=5)
    assert running.done()
    assert only_this_task(), asyncio.all_tasks()


async def stop(component: Component[Any], running: asyncio.Task[None]) -> None:
    await asyncio.wait_for(component.drain(), 5)
    running.cancel()
    await asyncio.wait({running}, timeout=5)
    assert running.done()
    assert running.cancelled() or running.exception() is None
    assert only_this_task(), asyncio.all_tasks()
