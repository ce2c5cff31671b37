"""`loki.source.file`: files that are rotated, truncated, deleted and linked anew."""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil

import pytest

from compiler.evaluate.types import Duration
from runtime.components.loki.source.file import FileWatch
from tests.unit.runtime.components.harness import Collector, until
from tests.unit.runtime.components.loki.source.bench import Bench


async def test_rename_reads_the_old_file_to_its_end_first(bench: Bench) -> None:
    bench.append("old 1\n")
    async with bench.life():
        await bench.arrive("old 1")
        old = bench.file.rename(bench.folder / "in.log.1")
        bench.append("old 2\nold unfinished", old)
        bench.append("new 1\n")
        await bench.arrive("old 1", "old 2", "old unfinished", "new 1")
        bench.append("late\n", old)
        await until(lambda: "late" in bench.seen.lines)
        bench.append("new 2\n")
        await until(lambda: "new 2" in bench.seen.lines)


async def test_the_old_file_grows_until_there_is_a_new_one(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        old = bench.file.rename(bench.folder / "in.log.1")
        bench.append("2\n", old)
        await bench.arrive("1", "2")
        bench.append("3\n")
        await bench.arrive("1", "2", "3")


async def test_two_rotations_between_two_looks(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        bench.append("2\n")
        bench.file.rename(bench.folder / "in.log.2")
        bench.append("3\n", bench.folder / "in.log.1")
        bench.append("4\n")
        await bench.arrive("1", "2", "3", "4")


async def test_truncated_by_a_copy(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        bench.append("2\n")
        shutil.copyfile(bench.file, bench.folder / "in.log.1")
        os.truncate(bench.file, 0)
        bench.append("3\n")
        await bench.arrive("1", "2", "3")


async def test_truncated_and_grown_beyond_what_it_was(bench: Bench) -> None:
    bench.append("first\n")
    async with bench.life():
        await bench.arrive("first")
        bench.file.write_text("a longer line\nand another\n")
        await bench.arrive("first", "a longer line", "and another")


async def test_deleted_with_an_unfinished_line_and_made_anew(bench: Bench) -> None:
    bench.append("1\nhalf")
    async with bench.life():
        await bench.arrive("1")
        bench.file.unlink()
        await bench.arrive("1", "half")
        bench.append("1\n")
        await bench.arrive("1", "half", "1")


async def test_written_anew_by_rename_goes_on(bench: Bench) -> None:
    bench.append("1\n2\n")
    async with bench.life():
        await bench.arrive("1", "2")
        fresh = bench.folder / "fresh"
        bench.append("1\n2\n3\n", fresh)
        fresh.replace(bench.file)
        await bench.arrive("1", "2", "3")


@pytest.mark.parametrize("names", [[f"in.log.20260101-{n}" for n in range(3)], ["in.log.3", "in.log.2", "in.log.1"]])
async def test_rotated_twice_while_nothing_ran(bench: Bench, names: list[str]) -> None:
    bench.append("long ago\n", bench.folder / names[0])
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        await bench.stored(2)
    bench.append("2\n")
    bench.file.rename(bench.folder / names[1])
    bench.append("3\nunfinished", bench.folder / names[2])
    bench.append("4\n")
    async with bench.life():
        await bench.arrive("1", "2", "3", "unfinished", "4")


async def test_rotated_and_compressed_while_nothing_ran(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        await bench.stored(2)
    bench.append("2\n")
    (bench.folder / "in.log.20260101-1.gz").write_bytes(gzip.compress(bench.file.read_bytes()))
    bench.file.unlink()
    bench.append("3\n", bench.folder / "in.log.20260101-2")
    bench.append("4\n")
    async with bench.life():
        await bench.arrive("1", "2", "3", "4")


async def test_truncated_by_a_copy_while_nothing_ran(bench: Bench) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")
        await bench.stored(2)
    bench.append("2\n")
    shutil.copyfile(bench.file, bench.folder / "in.log.1")
    bench.file.write_text("3 is longer\n")
    async with bench.life():
        await bench.arrive("1", "2", "3 is longer")


async def test_deleted_while_nothing_ran_is_counted(bench: Bench) -> None:
    bench.append("1\n2\n")
    bench.seen.hold = True
    async with bench.life(orderly=False):
        await bench.arrive("1", "2")
        await bench.stored(0)
    bench.file.unlink()
    bench.seen = Collector()
    async with bench.life():
        await until(lambda: bench.metric("kmon_file_bytes_abandoned_total", reason="deleted") == 4)
        bench.append("3\n")
        await bench.arrive("3")


async def test_a_link_that_moves_to_the_next_file(bench: Bench) -> None:
    first, second = bench.folder / "c" / "0.log", bench.folder / "c" / "1.log"
    first.parent.mkdir()
    bench.append("1\n", first)
    bench.file.symlink_to(first)
    async with bench.life():
        await bench.arrive("1")
        bench.append("2\n", first)
        bench.append("3\n", second)
        bench.file.unlink()
        bench.file.symlink_to(second)
        await bench.arrive("1", "2", "3")


async def test_many_rotated_files_that_are_read_already_hold_up_nothing(bench: Bench) -> None:
    """Killed again and again before the old ones are let go of, a process must get on with what is new."""
    bench.append("0\n")
    async with bench.life(orderly=False):
        await bench.arrive("0")
        for number in range(1, 21):
            bench.file.rename(bench.folder / f"in.log.2026010100{number:02d}")
            bench.append(f"{number}\n")
            await bench.arrive(*map(str, range(number + 1)))
        await bench.settled()
    bench.append("new\n")
    slow = FileWatch(min_poll_frequency=Duration.parse("10s"), max_poll_frequency=Duration.parse("10s"))
    async with bench.life(file_watch=slow), asyncio.timeout(5):
        await until(lambda: "new" in bench.seen.lines)
    assert bench.seen.lines == [*map(str, range(21)), "new"]
