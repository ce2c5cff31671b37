"""`loki.source.file`: compressed files."""

from __future__ import annotations

import bz2
import gzip
import os
import zlib
from collections.abc import Callable

import pytest

from compiler.evaluate.types import Duration, Target
from runtime.components.loki.source.file import Decompression
from tests.unit.runtime.components.harness import until
from tests.unit.runtime.components.loki.source.bench import Bench


@pytest.mark.parametrize(
    ("kind", "pack"),
    [
        ("gz", lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:])),
        ("z", zlib.compress),
        ("bz2", lambda data: bz2.compress(data[:7]) + bz2.compress(data[7:])),
    ],
)
async def test_read_once_to_the_end(bench: Bench, kind: str, pack: Callable[[bytes], bytes]) -> None:
    text = "".join(f"line {number}\n" for number in range(50_000)) + "\nlast no newline"
    bench.append(pack(text.encode()))
    packed = Decompression(enabled=True, format=kind, initial_delay=Duration.parse("20ms"))
    async with bench.life(decompression=packed):
        await bench.arrive(*text.split("\n"))
        await bench.stored(len(text))
    async with bench.life(decompression=packed):
        await bench.settled()
        assert len(bench.seen.lines) == text.count("\n") + 1


async def test_not_compressed_stops_nothing(bench: Bench) -> None:
    bench.append("plain\n")
    bench.append(gzip.compress(b"fine\n"), bench.folder / "ok.gz")
    bench.append(gzip.compress(b"sound\n" + os.urandom(5_000).hex().encode())[:-20], bench.folder / "torn.gz")
    names = ("in.log", "ok.gz", "torn.gz")
    targets = [Target({"__path__": str(bench.folder / name)}) for name in names]
    async with bench.life(targets=targets, decompression=Decompression(enabled=True, format="gz")):
        await until(lambda: "fine" in bench.seen.lines and "sound" in bench.seen.lines)
        await until(lambda: bench.desk.health and "is not a" in bench.desk.health[-1][1])
        assert "plain" not in bench.seen.lines
