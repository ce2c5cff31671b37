"""local.file: content byte for byte, and again when it changes."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration
from runtime.component import ComponentError, Options, Services
from runtime.components.local.file import Arguments, File
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger


class Watched:
    def __init__(self, tmp_path: Path) -> None:
        self.exports: list[Any] = []
        self.health: list[tuple[str, str]] = []
        self.options = Options(
            id="local.file.x",
            data_path=tmp_path / "data",
            logger=logging.getLogger("test"),
            export=self.exports.append,
            set_health=lambda state, message: self.health.append((state, message)),
            services=Services(Ledger(), Clusters()),
        )


async def until(ready: Any) -> None:
    async with asyncio.timeout(10):
        while not ready():
            await asyncio.sleep(0.005)


async def test_it_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.components.local.file._LOOK_SECONDS", 0.01)
    watched, file = Watched(tmp_path), tmp_path / "token"
    file.write_text("one\n")
    component = File(watched.options, Arguments(filename=str(file)))
    assert watched.exports[0].content.text == "one\n"
    async with asyncio.TaskGroup() as group:
        running = group.create_task(component.run())
        file.write_text("second\n")
        await until(lambda: watched.exports[-1].content.text == "second\n")
        file.unlink()
        await until(lambda: watched.health and watched.health[-1][0] == "unhealthy")
        assert "No such file" in watched.health[-1][1]
        assert watched.exports[-1].content.text == "second\n"
        file.write_text("third\n")
        await until(lambda: watched.health[-1][0] == "healthy")
        assert watched.exports[-1].content.text == "third\n"
        running.cancel()


@pytest.mark.parametrize(
    ("arguments", "attribute"),
    [
        ({"filename": "/nonexistent/file"}, "filename"),
        ({"filename": "/etc/hosts", "poll_frequency": Duration(0)}, "poll_frequency"),
        ({"filename": "/etc/hosts", "detector": "magic"}, "detector"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, arguments: dict[str, Any], attribute: str) -> None:
    with pytest.raises(ComponentError) as refused:
        File(Watched(tmp_path).options, Arguments(**arguments))
    assert refused.value.attribute == attribute


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    watched, file = Watched(tmp_path), tmp_path / "token"
    file.write_text("hunter2")
    File(watched.options, Arguments(filename=str(file), is_secret=True))
    assert "hunter2" not in repr(watched.exports)
    assert watched.exports[0].content.is_secret
