"""`loki.source.file` through the life of its files: nothing lost, nothing twice but what was not acknowledged."""

from __future__ import annotations

import asyncio
import bz2
import codecs
import errno
import gzip
import os
import shutil
import zlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration, Target
from runtime.component import ComponentError
from runtime.components.loki.source import file as module
from runtime.components.loki.source.file import Arguments, Decompression, File, FileMatch, FileWatch
from runtime.tail import tailer
from runtime.tail.opened import OpenFile
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


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(tailer, "SETTLE_SECONDS", 0.02)
    monkeypatch.setattr(tailer, "MISSING_SECONDS", 0.1)
    monkeypatch.setattr(tailer, "LINGER_SECONDS", 0.3)
    return Bench(tmp_path)


class TestLines:
    async def test_line_ends_labels_and_times(self, bench: Bench) -> None:
        bench.append(b"a\r\n\n b \t\n\r\nc\rd\ne\r\r\n\xc3\xa9\xff\0\n")
        target = Target({"__path__": str(bench.file), "__meta_x": "no", "filename": "own", "empty": "", "app": "a"})
        async with bench.life(targets=[target]):
            await bench.arrive("a", "", " b \t", "", "c\rd", "e\r", "é\udcff\0")
        assert {tuple(labels.items()) for labels, _ in bench.seen.entries} == {
            (("app", "a"), ("empty", ""), ("filename", str(bench.file)))
        }
        times = [time for batch in bench.seen.batches for time in batch.timestamp.tolist()]
        assert len(set(times)) == len(times), "Loki takes equal lines of one time for one"

    async def test_an_unfinished_line_waits_until_it_is_complete(self, bench: Bench) -> None:
        bench.append("done\nhalf")
        async with bench.life():
            await bench.arrive("done")
            await bench.stored(5)
            bench.append(" and rest\n")
            await bench.arrive("done", "half and rest")

    async def test_a_line_of_ten_megabytes_written_in_pieces(self, bench: Bench) -> None:
        async with bench.life():
            for _ in range(10):
                bench.append("x" * (1 << 20))
            bench.append("\nshort\n")
            await until(lambda: len(bench.seen.lines) == 2)
        assert [len(line) for line in bench.seen.lines] == [10 << 20, 5]

    async def test_a_line_beyond_all_bounds_comes_in_pieces(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("runtime.tail.opened.LONGEST_LINE", 1 << 20)
        bench.append("x" * (5 << 20) + "\nend\n")
        async with bench.life():
            await until(lambda: bench.seen.lines[-1:] == ["end"])
        assert sum(map(len, bench.seen.lines)) == (5 << 20) + 3
        assert max(map(len, bench.seen.lines)) <= 2 << 20

    async def test_many_files_share_a_batch_and_keep_their_parts(self, bench: Bench) -> None:
        targets = []
        for number in range(50):
            path = bench.folder / f"{number}.log"
            bench.append(f"{number} a\n{number} b\n", path)
            targets.append(Target({"__path__": str(path)}))
        async with bench.life(targets=targets):
            await until(lambda: len(bench.seen.lines) == 100)
        assert len(bench.seen.batches) == 1
        for labels, line in bench.seen.entries:
            assert labels["filename"].endswith(f"/{line.split()[0]}.log")
        assert bench.seen.batches[0].origin is not None

    @pytest.mark.parametrize(
        ("encoding", "data", "lines"),
        [
            ("", codecs.BOM_UTF8 + b"one\ntwo\n", ["one", "two"]),
            ("", codecs.BOM_UTF16_LE + "héllo 日本\nzwei\n".encode("utf-16-le"), ["héllo 日本", "zwei"]),
            ("windows-1250", codecs.BOM_UTF16_BE + "ਊ\nb\n".encode("utf-16-be"), ["ਊ", "b"]),
            ("utf-16le", "první\r\ndruhý\n".encode("utf-16-le"), ["první", "druhý"]),
            ("UTF-16", "a\n".encode("utf-16-be"), ["a"]),
            ("windows-1250", "žluťoučký kůň\n".encode("cp1250"), ["žluťoučký kůň"]),
            ("windows-874", "ก\n".encode("cp874"), ["ก"]),
            ("Shift_JIS", "日本\n".encode("shift_jis") + b"\x81\nx\n", ["日本", "�", "x"]),
        ],
    )
    async def test_encodings(self, bench: Bench, encoding: str, data: bytes, lines: list[str]) -> None:
        bench.append(data)
        async with bench.life(encoding=encoding):
            await bench.arrive(*lines)
            await bench.stored(len(data))
        async with bench.life(encoding=encoding):
            bench.append(data[-2:] if b"\0" not in data[-2:] else data[-4:])
            await until(lambda: len(bench.seen.lines) == len(lines) + 1)

    async def test_utf16_arrives_in_odd_pieces(self, bench: Bench) -> None:
        data = codecs.BOM_UTF16_LE + "añb\nc\n".encode("utf-16-le")
        async with bench.life():
            for at in range(0, len(data), 3):
                bench.append(data[at : at + 3])
                await bench.component_rests()
            await bench.arrive("añb", "c")


class TestTargets:
    async def test_two_labels_read_twice_the_same_once(self, bench: Bench) -> None:
        bench.append("x\n")
        path = str(bench.file)
        targets = [Target({"__path__": path, **more}) for more in ({"j": "1"}, {"j": "2"}, {"j": "1"})]
        async with bench.life(targets=targets):
            await until(lambda: len(bench.seen.lines) == 2)
            await bench.stored(2)
        assert sorted(labels["j"] for labels, _ in bench.seen.entries) == ["1", "2"]

    async def test_bad_targets_stop_nothing_and_are_told(self, bench: Bench) -> None:
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

    async def test_an_unreadable_file_becomes_readable(self, bench: Bench) -> None:
        os.mkfifo(bench.file)
        async with bench.life():
            await until(lambda: bench.desk.health and "not a regular file" in bench.desk.health[-1][1])
            bench.file.unlink()
            bench.append("x\n")
            await bench.arrive("x")
            await until(lambda: bench.desk.health[-1][0] == "healthy")

    async def test_a_read_that_fails_is_tried_again_where_it_stopped(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
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

    async def test_update_leaves_running_targets_alone(self, bench: Bench) -> None:
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
            await until(lambda: len(bench.component._tailers) == 1)  # type: ignore[union-attr]
            assert bench.metric("loki_source_file_read_lines_total", path=str(bench.file)) is None
            bench.append("3\n")
            await bench.component.update(Arguments(targets=[stays, comes], forward_to=[bench.seen], file_watch=QUICK))
            await bench.arrive("1", "o", "2", "3")

    async def test_file_match(self, bench: Bench) -> None:
        bench.append("a\n", bench.folder / "a.log")
        bench.append("no\n", bench.folder / "skip.log")
        pattern = Target({"__path__": f"{bench.folder}/*.log", "__path_exclude__": f"{bench.folder}/skip*", "j": "t"})
        match = FileMatch(enabled=True, sync_period=Duration.parse("20ms"))
        async with bench.life(targets=[pattern], file_match=match):
            await bench.arrive("a")
            bench.append("b\n", bench.folder / "b.log")
            await bench.arrive("a", "b")

    async def test_a_pattern_that_finds_rotated_files_too_reads_nothing_twice(self, bench: Bench) -> None:
        bench.append("1\n")
        match = FileMatch(enabled=True, sync_period=Duration.parse("20ms"))
        pattern = Target({"__path__": f"{bench.file}*", "j": "t"})
        async with bench.life(targets=[pattern], file_match=match):
            await bench.arrive("1")
            bench.file.rename(bench.folder / "in.log.1")
            bench.append("2\n")
            await until(lambda: len(bench.component._tailers) == 2)  # type: ignore[union-attr]
            bench.append("3\n")
            await bench.arrive("1", "2", "3")

    async def test_metrics(self, bench: Bench) -> None:
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


class TestStart:
    async def test_tail_from_end_begins_after_the_last_newline(self, bench: Bench) -> None:
        bench.append("old\nstarted")
        async with bench.life(tail_from_end=True):
            await bench.stored(4)
            bench.append(" finished\nnext\n")
            await bench.arrive("started finished", "next")

    async def test_tail_from_end_does_not_skip_the_successor(self, bench: Bench) -> None:
        bench.append("old\n")
        async with bench.life(tail_from_end=True):
            await bench.stored(4)
            bench.file.rename(bench.folder / "in.log.1")
            bench.append("new\n")
            await bench.arrive("new")

    async def test_a_stored_position_beats_tail_from_end(self, bench: Bench) -> None:
        bench.append("1\n")
        async with bench.life():
            await bench.arrive("1")
            await bench.stored(2)
        bench.append("2\n")
        async with bench.life(tail_from_end=True):
            await bench.arrive("1", "2")

    async def test_a_position_beyond_the_end_means_another_file(self, bench: Bench) -> None:
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
    async def test_positions_damaged_beyond_repair(self, bench: Bench, policy: str, expected: list[str]) -> None:
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

    async def test_a_torn_positions_file_falls_back_to_its_copy(self, bench: Bench) -> None:
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
    async def test_positions_of_alloy_and_promtail(self, bench: Bench, labels: str | None) -> None:
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

    async def test_alloys_own_folder_is_taken_over(self, bench: Bench) -> None:
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
    def test_refused(self, bench: Bench, arguments: dict[str, Any], attribute: str, text: str) -> None:
        with pytest.raises(ComponentError, match=text) as refusal:
            bench.build(**arguments)
        assert refusal.value.attribute == attribute


class TestDelivery:
    async def test_a_position_is_the_acknowledged_prefix(self, bench: Bench) -> None:
        bench.seen.hold = True
        async with bench.life(orderly=False):
            for number in range(3):
                bench.append(f"{number}\n")
                await until(lambda n=number: len(bench.seen.lines) == n + 1)  # type: ignore[misc]
            bench.seen.batches[2].delivery.done()
            bench.seen.batches[0].delivery.done()
            await bench.stored(2)
        bench.seen = Collector()
        async with bench.life():
            await bench.arrive("1", "2")

    async def test_what_is_on_its_way_stays_within_the_budget(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "BUDGET_BYTES", 3 << 20)
        bench.append(("x" * 1023 + "\n") * (10 << 10))
        bench.seen.hold = True
        async with bench.life():
            await until(lambda: sum(batch.nbytes for batch in bench.seen.batches) >= 3 << 20)
            count = len(bench.seen.batches)
            bench.append("y\n")
            await bench.component_rests()
            assert len(bench.seen.batches) == count
            acknowledged = 0
            while len(bench.seen.lines) < (10 << 10) + 1:
                await until(lambda done=acknowledged: len(bench.seen.batches) > done)  # type: ignore[misc]
                bench.seen.batches[acknowledged].delivery.done()
                acknowledged += 1
                await bench.component_rests()

    async def test_acknowledgements_after_an_orderly_stop_count(self, bench: Bench) -> None:
        bench.append("1\n")
        bench.seen.hold = True
        async with bench.life():
            await bench.arrive("1")
        bench.seen.batches[0].delivery.done()
        await bench.stored(2)

    async def test_late_acknowledgements_do_not_touch_the_books_of_the_next_life(self, bench: Bench) -> None:
        bench.append("1\n")
        bench.seen.hold = True
        async with bench.life():
            await bench.arrive("1")
        first, bench.seen = bench.seen, Collector()
        async with bench.life():
            await bench.arrive("1")
            await bench.stored(2)
            bench.append("2\n")
            await bench.arrive("1", "2")
            await bench.stored(4)
            first.batches[0].delivery.done()
            await bench.component_rests()
            await bench.stored(4)

    async def test_killed_at_every_step_nothing_is_lost(self, bench: Bench) -> None:
        """Lives that end without a drain, with a part of their batches acknowledged, while the file rotates."""
        written: list[str] = []
        acknowledged: set[str] = set()
        bench.append("")
        async with bench.life(orderly=False):
            await bench.stored(0)
        for life in range(12):
            seen = bench.seen = Collector(hold=True)
            for step in range(3):
                line = f"{life} {step}"
                written.append(line)
                bench.append(line + "\n")
                if life % 3 == step:
                    bench.file.rename(bench.folder / f"in.log.20260101-{life:02d}{step}")
            bench.append("")
            async with bench.life(orderly=False):
                await until(lambda seen=seen, line=written[-1]: line in seen.lines)  # type: ignore[misc]
                assert acknowledged.isdisjoint(seen.lines), "what is acknowledged and stored comes once"
                for batch in seen.batches[: len(seen.batches) * (life % 4) // 3]:
                    acknowledged |= {line.decode() for line in batch.line.to_pylist()}
                    batch.delivery.done()
                await bench.settled()
        bench.seen = Collector()
        async with bench.life():
            await until(lambda: acknowledged | set(bench.seen.lines) >= set(written))


class TestRotation:
    async def test_rename_reads_the_old_file_to_its_end_first(self, bench: Bench) -> None:
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

    async def test_the_old_file_grows_until_there_is_a_new_one(self, bench: Bench) -> None:
        bench.append("1\n")
        async with bench.life():
            await bench.arrive("1")
            old = bench.file.rename(bench.folder / "in.log.1")
            bench.append("2\n", old)
            await bench.arrive("1", "2")
            bench.append("3\n")
            await bench.arrive("1", "2", "3")

    async def test_two_rotations_between_two_looks(self, bench: Bench) -> None:
        bench.append("1\n")
        async with bench.life():
            await bench.arrive("1")
            bench.append("2\n")
            bench.file.rename(bench.folder / "in.log.2")
            bench.append("3\n", bench.folder / "in.log.1")
            bench.append("4\n")
            await bench.arrive("1", "2", "3", "4")

    async def test_truncated_by_a_copy(self, bench: Bench) -> None:
        bench.append("1\n")
        async with bench.life():
            await bench.arrive("1")
            bench.append("2\n")
            shutil.copyfile(bench.file, bench.folder / "in.log.1")
            os.truncate(bench.file, 0)
            bench.append("3\n")
            await bench.arrive("1", "2", "3")

    async def test_truncated_and_grown_beyond_what_it_was(self, bench: Bench) -> None:
        bench.append("first\n")
        async with bench.life():
            await bench.arrive("first")
            bench.file.write_text("a longer line\nand another\n")
            await bench.arrive("first", "a longer line", "and another")

    async def test_deleted_with_an_unfinished_line_and_made_anew(self, bench: Bench) -> None:
        bench.append("1\nhalf")
        async with bench.life():
            await bench.arrive("1")
            bench.file.unlink()
            await bench.arrive("1", "half")
            bench.append("1\n")
            await bench.arrive("1", "half", "1")

    async def test_written_anew_by_rename_goes_on(self, bench: Bench) -> None:
        bench.append("1\n2\n")
        async with bench.life():
            await bench.arrive("1", "2")
            fresh = bench.folder / "fresh"
            bench.append("1\n2\n3\n", fresh)
            fresh.replace(bench.file)
            await bench.arrive("1", "2", "3")

    @pytest.mark.parametrize(
        "names", [[f"in.log.20260101-{n}" for n in range(3)], ["in.log.3", "in.log.2", "in.log.1"]]
    )
    async def test_rotated_twice_while_nothing_ran(self, bench: Bench, names: list[str]) -> None:
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

    async def test_rotated_and_compressed_while_nothing_ran(self, bench: Bench) -> None:
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

    async def test_truncated_by_a_copy_while_nothing_ran(self, bench: Bench) -> None:
        bench.append("1\n")
        async with bench.life():
            await bench.arrive("1")
            await bench.stored(2)
        bench.append("2\n")
        shutil.copyfile(bench.file, bench.folder / "in.log.1")
        bench.file.write_text("3 is longer\n")
        async with bench.life():
            await bench.arrive("1", "2", "3 is longer")

    async def test_deleted_while_nothing_ran_is_counted(self, bench: Bench) -> None:
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

    async def test_a_link_that_moves_to_the_next_file(self, bench: Bench) -> None:
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


class TestDecompression:
    @pytest.mark.parametrize(
        ("kind", "pack"),
        [
            ("gz", lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:])),
            ("z", zlib.compress),
            ("bz2", lambda data: bz2.compress(data[:7]) + bz2.compress(data[7:])),
        ],
    )
    async def test_read_once_to_the_end(self, bench: Bench, kind: str, pack: Callable[[bytes], bytes]) -> None:
        text = "".join(f"line {number}\n" for number in range(50_000)) + "\nlast no newline"
        bench.append(pack(text.encode()))
        packed = Decompression(enabled=True, format=kind, initial_delay=Duration.parse("20ms"))
        async with bench.life(decompression=packed):
            await bench.arrive(*text.split("\n"))
            await bench.stored(len(text))
        async with bench.life(decompression=packed):
            await bench.settled()
            assert len(bench.seen.lines) == text.count("\n") + 1

    async def test_not_compressed_stops_nothing(self, bench: Bench) -> None:
        bench.append("plain\n")
        bench.append(gzip.compress(b"fine\n"), bench.folder / "ok.gz")
        bench.append(gzip.compress(b"sound\n" + os.urandom(5_000).hex().encode())[:-20], bench.folder / "torn.gz")
        names = ("in.log", "ok.gz", "torn.gz")
        targets = [Target({"__path__": str(bench.folder / name)}) for name in names]
        async with bench.life(targets=targets, decompression=Decompression(enabled=True, format="gz")):
            await until(lambda: "fine" in bench.seen.lines and "sound" in bench.seen.lines)
            await until(lambda: bench.desk.health and "is not a" in bench.desk.health[-1][1])
            assert "plain" not in bench.seen.lines
