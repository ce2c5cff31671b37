"""Modules from a server: a real one, on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from tests.unit.runtime.engine.conftest import World


def declare(value: str, name: str = "a") -> str:
    return f'declare "{name}" {{\n  export "v" {{ value = {value} }}\n}}\n'


@dataclass
class Server:
    """`pages` by path; what is not there is answered with 404."""

    url: str = ""
    pages: dict[str, str] = field(default_factory=dict)

    def imported(self, name: str = "lib", path: str = "/mods/lib.alloy") -> str:
        times = 'poll_frequency = "500ms"\n  poll_timeout = "490ms"'
        return f'import.http "{name}" {{\n  url = "{self.url}{path}"\n  {times}\n}}\n'

    async def answer(self, request: web.Request) -> web.Response:
        page = self.pages.get(request.path)
        return web.Response(status=404) if page is None else web.Response(text=page)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


def value(world: World) -> object:
    return world.instance("lib.a.x").exported["v"]


async def test_a_module_and_its_changes(world: World, server: Server) -> None:
    server.pages["/mods/lib.alloy"] = declare("module_path")
    await world.load(f'{server.imported()}lib.a "x" {{ }}')
    assert value(world) == f"{server.url}/mods/"
    server.pages["/mods/lib.alloy"] = declare('"2"')
    await world.until(lambda: value(world) == "2")
    server.pages["/mods/lib.alloy"] = "declare {"
    await world.until(lambda: "is broken" in world.health("import.http.lib")[1])
    del server.pages["/mods/lib.alloy"]
    await world.until(lambda: "answered 404" in world.health("import.http.lib")[1])
    assert value(world) == "2"


async def test_one_that_is_not_there_yet_is_waited_for(world: World, server: Server) -> None:
    await world.load(f'{server.imported()}lib.a "x" {{ }}\ntest.pass "p" {{ input = lib.a.x.v }}\ntest.pass "q" {{ }}')
    assert world.health("import.http.lib") == (
        "unhealthy",
        f"the server answered 404 Not Found: `{server.url}/mods/lib.alloy`",
    )
    await world.until(lambda: ("run", "test.pass.q") in world.events)
    assert world.component("test.pass.p") is None
    server.pages["/mods/lib.alloy"] = declare('"1"')
    await world.until(lambda: world.component("test.pass.p"))
    assert world.component("test.pass.p").arguments.input == "1"
    await world.until(lambda: world.health("import.http.lib")[0] == "healthy")


@pytest.mark.parametrize("around", ["a declare", "an import"])
async def test_what_uses_it_inside_waits_too(world: World, server: Server, around: str) -> None:
    inside = (
        f'{server.imported("inner")}declare "a" {{\n  inner.b "x" {{ }}\n  export "v" {{ value = inner.b.x.v }}\n}}\n'
    )
    if around == "a declare":
        await world.load(f'{inside}a "x" {{ }}\ntest.pass "p" {{ input = a.x.v }}')
    else:
        server.pages["/outer.alloy"] = inside
        outer = server.imported(path="/outer.alloy")
        await world.load(f'{outer}lib.a "x" {{ }}\ntest.pass "p" {{ input = lib.a.x.v }}')
    assert world.component("test.pass.p") is None
    server.pages["/mods/lib.alloy"] = declare('"1"', "b")
    await world.until(lambda: world.component("test.pass.p"))
    assert world.component("test.pass.p").arguments.input == "1"


async def test_it_imports_no_files(world: World, server: Server) -> None:
    server.pages["/mods/lib.alloy"] = 'import.file "f" {\n  filename = "/etc/hosts"\n}\n' + declare('"1"')
    await world.load(server.imported())
    assert "must not import files" in world.health("import.http.lib")[1]


async def test_arguments(world: World) -> None:
    (found,) = await world.refused('import.http "lib" {\n  url = "lib.alloy"\n}')
    assert found[:2] == ("KM803", "config.alloy:2:9")
