"""What every test of `loki.write` gets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.unit.runtime.components.loki.write_bench import Loki


@pytest.fixture
async def loki() -> AsyncIterator[Loki]:
    server = Loki()
    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()
