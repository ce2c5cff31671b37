"""stage.multiline over batches: what is held keeps its deliveries open, blocks span batches, the books balance."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.evaluate.types import Duration
from runtime.signals.labels import Labels
from runtime.stages import multiline
from runtime.stages.multiline import Multiline
from tests.unit.runtime.components.harness import running, until
from tests.unit.runtime.stages.test_odd_input import batch
from tests.unit.runtime.stages.test_partials import Bench

CRI: tuple[str, dict[str, Any]] = ("cri", {})


def bench(tmp_path: Path, **arguments: Any) -> Bench:
    return Bench(tmp_path, CRI, ("multiline", {"firstline": "^#", **arguments}))


def lines(*texts: str) -> list[str]:
    return [f"stdout F {text}" for text in texts]


async def test_a_block_keeps_its_file_open_until_it_is_delivered(tmp_path: Path) -> None:
    desk = bench(tmp_path)
    await desk.push(("a", lines("#1", "x")), ("b", lines("alone")))
    assert desk.settle() == [b"alone"]
    assert desk.acknowledged == ["b"]
    await desk.push(("a", lines("y")))
    assert desk.settle() == []
    await desk.push(("a", lines("z", "#2")))
    assert desk.kept.lines() == [b"#1\nx\ny\nz"]
    assert desk.acknowledged == ["b"]
    desk.settle()
    assert desk.acknowledged == ["b", "a", "a"], "the last one waits for the block that it began"
    await desk.process.drain()
    assert desk.settle() == [b"#2"]
    assert desk.acknowledged == ["b", "a", "a", "a"]


async def test_lines_of_two_files_with_equal_labels_wait_for_each_other(tmp_path: Path) -> None:
    desk = bench(tmp_path)
    await desk.push(("=a", lines("#1")), ("=b", lines("x", "#2", "y", "#3")))
    assert desk.kept.lines() == [b"#1\nx", b"#2\ny"]
    desk.settle()
    assert desk.acknowledged == ["=a"]
    await desk.process.drain()
    desk.settle()
    assert desk.acknowledged == ["=a", "=b"]


async def test_a_block_goes_on_when_nothing_follows(tmp_path: Path) -> None:
    desk = bench(tmp_path, max_wait_time=Duration.parse("30ms"))
    async with running(desk.process):
        await desk.push(("a", lines("#1", "x")))
        await until(lambda: desk.kept.lines() == [b"#1\nx"])
        await desk.push(("a", lines("late")))
        await until(lambda: desk.kept.lines() == [b"#1\nx", b"late"])
        desk.settle()
        await asyncio.sleep(0)
    assert desk.acknowledged == ["a", "a"]


async def test_changed_stages_send_on_what_the_old_ones_held(tmp_path: Path) -> None:
    desk = bench(tmp_path)
    await desk.push(("a", lines("#1", "x")))
    async with running(desk.process):
        arguments = type(desk.process.arguments)(forward_to=[desk.kept], stage=[CRI])
        await desk.process.update(arguments)
        await until(lambda: desk.kept.lines() == [b"#1\nx"])
    desk.settle()
    assert desk.acknowledged == ["a"]


async def test_an_endless_block_goes_on_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiline, "_MOST_BYTES", 10)
    desk = bench(tmp_path)
    await desk.push(("a", lines("#1", "12345678", "abc", "1234567890", "end")))
    await desk.process.drain()
    assert desk.settle() == [b"#1\n12345678", b"abc\n1234567890", b"end"]
    assert desk.acknowledged == ["a"]


def plainly(texts: list[str], most: int) -> list[str]:
    """The rule, a line at a time."""
    out: list[str] = []
    block: list[str] | None = None
    for text in texts:
        if text.startswith("#"):
            if block:
                out.append("\n".join(block))
            block = []
        if block is None:
            out.append(text)
            continue
        block.append(text)
        if len(block) == most:
            out.append("\n".join(block))
            block = []
    return [*out, *(["\n".join(block)] if block else [])]


@given(st.lists(st.lists(st.sampled_from(["#", "#b", "x", "y"]), max_size=6), max_size=5), st.integers(1, 4))
def test_whatever_the_batches_the_entries_are_the_same(chunks: list[list[str]], most: int) -> None:
    desk = Bench(Path("/nowhere"), ("multiline", {"firstline": "^#", "max_lines": most}))

    async def run() -> None:
        for chunk in chunks:
            await desk.process.push(batch([text.encode() for text in chunk]))
        await desk.process.drain()

    asyncio.run(run())
    assert [line.decode() for line in desk.settle()] == plainly([text for chunk in chunks for text in chunk], most)
    (stage,) = desk.process._pipeline.stages
    assert isinstance(stage, Multiline) and stage.held() == 0 and Labels({"n": "0"}) not in stage._open
