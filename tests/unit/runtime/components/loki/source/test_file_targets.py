"""`loki.source.file`: targets that come, go, fail and change."""

from __future__ import annotations

import errno
import os

import pytest

from compiler.evaluate.types import Duration, Target
from runtime.components.loki.source.file import Arguments, FileMatch
from runtime.tail.opened import OpenFile
from tests.unit.runtime.components.harness import until
from tests.unit.runtime.components.loki.source.bench import QUICK, Bench


async def test_two_labels_read_twice_the_same_once(bench: Bench) -> None:
    bench.append("x\n")
    path = str(bench.file)
    targets = [Target({"__path__": path, **more}) for more in ({"j": "1"}, {"j": "2"}, {"j": "1"})]
    async with bench.life(targets=targets):
        await until(lambda: len(bench.seen.lines) == 2)
        await bench.stored(2)
    assert sorted(labels["j"] for labels, _ in bench.seen.entries) == ["1", "2"]


async def test_bad_targets_stop_nothing_and_are_told(bench: Bench) -> None:
    bench.append("x\n")
    late = bench.folder / "late.log"
    paths = [bench.folder, late, bench.file]
    async with bench.life(targets=[Target({"nopath": "1"}), *(Target({"__path__": str(path)}) for path in paths)]):
        await bench.arrive("x")
        await until(lambda: bench.desk.health)
        state, text = bench.desk.health[-1]
        assert state == "unhealthy"
        assert "no `__path__`" in text
        assert "1 more" in text
        bench.append("y\n", late)
        await bench.arrive("x", "y")


async def test_an_unreadable_file_becomes_readable(bench: Bench) -> None:
    os.mkfifo(bench.file)
    async with bench.life():
        await until(lambda: bench.desk.health and "not a regular file" in bench.desk.health[-1][1])
        bench.file.unlink()
        bench.append("x\n")
        await bench.arrive("x")
        await until(lambda: bench.desk.health[-1][0] == "healthy")


async def test_a_read_that_fails_is_tried_again_where_it_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.append("1\n")
    async with bench.life():
        await bench.arrive("1")

        def broken(file: OpenFile, length: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(OpenFile, "read", broken)
            bench.append("2\n")
            await until(lambda: bench.desk.health and "Input/output error" in bench.desk.health[-1][1])
        await bench.arrive("1", "2")


async def test_update_leaves_running_targets_alone(bench: Bench) -> None:
    other = bench.folder / "other.log"
    bench.append("1\n")
    bench.append("o\n", other)
    stays, comes = Target({"__path__": str(bench.file), "job": "t"}), Target({"__path__": str(other)})
    async with bench.life():
        await bench.arrive("1")
        assert bench.component is not None
        before = next(iter(bench.component._tailers))
        await bench.component.update(Arguments(targets=[stays, comes], forward_to=[bench.seen], file_watch=QUICK))
        await bench.arrive("1", "o")
        assert next(iter(bench.component._tailers)) is before
        await bench.component.update(Arguments(targets=[comes], forward_to=[bench.seen], file_watch=QUICK))
        bench.append("2\n")
        await bench.arrive("1", "o", "2")
        await bench.tails(1)
        assert bench.metric("loki_source_file_read_lines_total", path=str(bench.file)) is None
        bench.append("3\n")
        await bench.component.update(Arguments(targets=[stays, comes], forward_to=[bench.seen], file_watch=QUICK))
        await bench.arrive("1", "o", "2", "3")


async def test_file_match(bench: Bench) -> None:
    bench.append("a\n", bench.folder / "a.log")
    bench.append("no\n", bench.folder / "skip.log")
    pattern = Target({"__path__": f"{bench.folder}/*.log", "__path_exclude__": f"{bench.folder}/skip*", "j": "t"})
    match = FileMatch(enabled=True, sync_period=Duration.parse("20ms"))
    async with bench.life(targets=[pattern], file_match=match):
        await bench.arrive("a")
        bench.append("b\n", bench.folder / "b.log")
        await bench.arrive("a", "b")


async def test_a_pattern_that_finds_rotated_files_too_reads_nothing_twice(bench: Bench) -> None:
    bench.append("1\n")
    match = FileMatch(enabled=True, sync_period=Duration.parse("20ms"))
    pattern = Target({"__path__": f"{bench.file}*", "j": "t"})
    async with bench.life(targets=[pattern], file_match=match):
        await bench.arrive("1")
        bench.file.rename(bench.folder / "in.log.1")
        bench.append("2\n")
        await bench.tails(2)
        bench.append("3\n")
        await bench.arrive("1", "2", "3")


async def test_metrics(bench: Bench) -> None:
    bench.append("ab\ncde\nhalf")
    path = str(bench.file)
    async with bench.life():
        await bench.arrive("ab", "cde")
        await bench.stored(7)
        assert bench.metric("loki_source_file_read_bytes_total", path=path) == 7
        assert bench.metric("loki_source_file_file_bytes_total", path=path) == 11
        assert bench.metric("loki_source_file_read_lines_total", path=path) == 2
        assert bench.metric("loki_source_file_files_active_total") == 1
        assert bench.metric("kmon_file_lag_bytes", path=path) == 4
    assert bench.desk.account.taken == bench.desk.account.passed == 2
    assert bench.desk.account.imbalance == 0
