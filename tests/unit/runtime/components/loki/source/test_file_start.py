"""`loki.source.file`: where reading begins, and the positions of the life before."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.evaluate.types import Duration
from runtime.component import ComponentError
from runtime.components.loki.source.file import Decompression, FileWatch
from tests.unit.runtime.components.harness import until
from tests.unit.runtime.components.loki.source.bench import Bench


async def test_tail_from_end_begins_after_the_last_newline(bench: Bench) -> None:
    bench.append("old\nstarted")
    async with bench.life(tail_from_end=True):
        await bench.stored(4)
        bench.append(" finished\nnext\n")
        await bench.arrive("started finished", "next")


async def test_tail_from_end_does_not_skip_the_successor(bench: Bench) -> None:
    bench.append("old\n")
    async with bench.life(tail_from_end=True):
        await bench.stored(4)
        bench.file.rename(bench.folder / "in.log.1")
        bench.append("new\n")
        await bench.arrive("new")


async def test_a_stored_position_beats_tail_from_end(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        await bench.stored(2)
    bench.append("2\n")
    async with bench.life(tail_from_end=True):
        await bench.arrive("1", "2")


async def test_a_position_beyond_the_end_means_another_file(bench: Bench) -> None:
    bench.append("long line\n")
    async with bench.life():
        await bench.arrive("long line")
        await bench.stored(10)
    bench.file.write_text("new\n")
    async with bench.life():
        await bench.arrive("long line", "new")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("restart_from_beginning", ["1", "2", "3"]), ("restart_from_end", ["3"]), ("skip", [])],
)
async def test_positions_damaged_beyond_repair(bench: Bench, policy: str, expected: list[str]) -> None:
    bench.append("1\n2\n")
    bench.desk.folder.mkdir()
    (bench.desk.folder / "positions.json").write_text('{"version": 1, "fil')
    async with bench.life(on_positions_file_error=policy):
        if policy != "skip":
            await bench.stored(4)
        else:
            await until(lambda: bench.desk.health and "damaged" in bench.desk.health[-1][1])
        bench.append("3\n")
        await bench.arrive(*expected)


async def test_a_torn_positions_file_falls_back_to_its_copy(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        await bench.stored(2)
    positions = bench.desk.folder / "positions.json"
    whole = positions.read_bytes()
    positions.unlink()
    positions.write_bytes(whole[: len(whole) // 2])
    bench.append("2\n")
    async with bench.life():
        await bench.arrive("1", "2")


@pytest.mark.parametrize("labels", ['{job="t"}', None])
async def test_positions_of_alloy_and_promtail(bench: Bench, labels: str | None) -> None:
    bench.append("1\n2\n")
    legacy = bench.folder / "old.yml"
    key = f"? path: {bench.file}\n    labels: '{labels}'\n  " if labels else str(bench.file)
    legacy.write_text(f'positions:\n  cursor-x: "abc"\n  {key}: "2"\n')
    async with bench.life(legacy_positions_file=str(legacy)):
        await bench.arrive("2")
        await bench.stored(4)
    bench.append("3\n")
    async with bench.life(legacy_positions_file=str(legacy)):
        await bench.arrive("2", "3")


async def test_alloys_own_folder_is_taken_over(bench: Bench) -> None:
    bench.append("1\n2\n")
    bench.desk.folder.mkdir()
    (bench.desk.folder / "positions.yml").write_text(
        f'positions:\n  ? path: {bench.file}\n    labels: \'{{job="t"}}\'\n  : "2"\n'
    )
    async with bench.life():
        await bench.arrive("2")


@pytest.mark.parametrize(
    ("arguments", "attribute", "text"),
    [
        ({"encoding": "klingon-8"}, "encoding", "klingon-8"),
        ({"encoding": "hex"}, "encoding", "hex"),
        ({"decompression": Decompression(enabled=True, format="zip")}, "decompression.format", "gz, z, bz2"),
        ({"on_positions_file_error": "ignore"}, "on_positions_file_error", "skip"),
        ({"file_watch": FileWatch(min_poll_frequency=Duration(0))}, "file_watch.min_poll_frequency", "above 0"),
    ],
)
def test_refused(bench: Bench, arguments: dict[str, Any], attribute: str, text: str) -> None:
    with pytest.raises(ComponentError, match=text) as refusal:
        bench.build(**arguments)
    assert refusal.value.attribute == attribute
