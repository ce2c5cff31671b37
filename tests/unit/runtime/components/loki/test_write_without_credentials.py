"""`loki.write` while credentials are still to come from elsewhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from compiler.evaluate.types import ByteSize, Secret
from runtime.components.loki.write import Arguments
from runtime.http import BasicAuth
from tests.unit.runtime.components.loki.write_bench import (
    Loki,
    endpoint,
    eventually,
    running,
)


def with_password(url: str, password: str, **more: Any) -> Arguments:
    """Two endpoints, of which the second has a password."""
    auth = BasicAuth(username="u", password=Secret(password))
    return Arguments(endpoint=[endpoint(url, "/open"), endpoint(url, "/closed", basic_auth=auth, **more)])


LACKS = {"endpoint[1].basic_auth.password": "remote.kubernetes.secret.s"}


async def test_an_endpoint_without_its_password_keeps_what_comes(loki: Loki, tmp_path: Path) -> None:
    lacking = dict(LACKS)
    async with running(with_password(loki.url, ""), tmp_path, lacking=lacking) as bench:
        for number in range(3):
            await bench.push([str(number)], mark=number)
        await eventually(lambda: bench.acked == [0, 1, 2])
        assert {push.path for push in loki.pushes} == {"/open"}
        lacking.clear()
        await bench.write.update(with_password(loki.url, "p"))
        await bench.push(["3"], mark=3)
        await eventually(lambda: bench.acked == [0, 1, 2, 3])
        closed = [push for push in loki.pushes if push.path == "/closed"]
        assert [line for push in closed for _, line in push.entries] == ["0", "1", "2", "3"]
        assert {push.headers["Authorization"] for push in closed} == {"Basic dTpw"}


async def test_what_waits_for_a_password_survives_a_restart(loki: Loki, tmp_path: Path) -> None:
    async with running(with_password(loki.url, ""), tmp_path, lacking=LACKS) as bench:
        await bench.push(["x"])
        await eventually(lambda: bench.acked == [None])
    async with running(with_password(loki.url, "p"), tmp_path):
        await eventually(lambda: [push.path for push in loki.pushes] == ["/open", "/closed"])


async def test_other_changes_meanwhile_are_taken(loki: Loki, tmp_path: Path) -> None:
    lacking = dict(LACKS)
    async with running(with_password(loki.url, ""), tmp_path, lacking=lacking) as bench:
        await bench.push(["x"])
        await eventually(lambda: bench.acked == [None])
        await bench.write.update(with_password(loki.url, "", batch_size=ByteSize(100)))
        assert [push.path for push in loki.pushes] == ["/open"]
        lacking.clear()
        await bench.write.update(with_password(loki.url, "p", batch_size=ByteSize(100)))
        await eventually(lambda: [push.path for push in loki.pushes] == ["/open", "/closed"])


async def test_without_a_spool_a_stop_waits_for_no_password(loki: Loki, tmp_path: Path) -> None:
    begin = asyncio.get_running_loop().time()
    async with running(with_password(loki.url, ""), tmp_path, budget=0, lacking=LACKS) as bench:
        await bench.push(["x"])
        await eventually(lambda: len(loki.pushes) == 1)
    assert bench.acked == []
    assert asyncio.get_running_loop().time() - begin < 10
