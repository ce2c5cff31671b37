"""One `loki.source.file` over one folder, started and stopped at will."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from compiler.evaluate.types import Duration, Target
from runtime.components.loki.source.file import Arguments, File, FileWatch
from tests.unit.runtime.components.harness import Collector, Desk, running, until

QUICK = FileWatch(min_poll_frequency=Duration.parse("5ms"), max_poll_frequency=Duration.parse("5ms"))


class Bench:
    """One component over one folder, started and stopped at will; `seen` has what all its lives forwarded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "in.log"
        self.seen = Collector()
        self.desk = Desk(folder / "data")
        self.component: File | None = None

    def life(self, orderly: bool = True, **arguments: Any) -> AbstractAsyncContextManager[None]:
        self.component = self.build(**arguments)
        return running(self.component, orderly)

    def build(self, **arguments: Any) -> File:
        arguments.setdefault("targets", [Target({"__path__": str(self.file), "job": "t"})])
        return File(self.desk.options(), Arguments(**{"forward_to": [self.seen], "file_watch": QUICK, **arguments}))

    def append(self, text: str | bytes, path: Path | None = None) -> None:
        with (path or self.file).open("ab") as out:
            out.write(text.encode() if isinstance(text, str) else text)

    async def arrive(self, *lines: str) -> None:
        """Exactly these lines have come, in this order."""
        await until(lambda: len(self.seen.lines) >= len(lines))
        assert self.seen.lines == list(lines)

    async def batches(self, count: int) -> None:
        """At least so many batches have come."""
        await until(lambda: len(self.seen.batches) >= count)

    async def tails(self, count: int) -> None:
        """So many files are followed."""
        component = self.component
        assert component is not None
        await until(lambda: len(component._tailers) == count)

    async def stored(self, offset: int) -> None:
        """The position on disk is `offset`."""
        path = self.desk.folder / "positions.json"
        await until(lambda: path.exists() and f'"offset":{offset},'.encode() in path.read_bytes())

    async def settled(self) -> None:
        """The books on disk say what the tailers say."""
        assert self.component is not None
        books = self.component._books
        await until(lambda: not books._dirty)
        await self.component_rests()

    async def component_rests(self) -> None:
        """The reading loop went round a few times."""
        await asyncio.sleep(0.05)

    def metric(self, name: str, **labels: str) -> float | None:
        assert self.component is not None
        return self.component.options.metrics.get_sample_value(name, labels)
