"""`loki.source.file`: what becomes a line, and what it carries."""

from __future__ import annotations

import codecs

import pytest

from compiler.evaluate.types import Target
from tests.unit.runtime.components.harness import until
from tests.unit.runtime.components.loki.source.bench import Bench


async def test_line_ends_labels_and_times(bench: Bench) -> None:
    bench.append(b"a\r\n\n b \t\n\r\nc\rd\ne\r\r\n\xc3\xa9\xff\0\n")
    target = Target({"__path__": str(bench.file), "__meta_x": "no", "filename": "own", "empty": "", "app": "a"})
    async with bench.life(targets=[target]):
        await bench.arrive("a", "", " b \t", "", "c\rd", "e\r", "é\udcff\0")
    assert {tuple(labels.items()) for labels, _ in bench.seen.entries} == {
        (("app", "a"), ("empty", ""), ("filename", str(bench.file)))
    }
    times = [time for batch in bench.seen.batches for time in batch.timestamp.tolist()]
    assert len(set(times)) == len(times), "Loki takes equal lines of one time for one"


async def test_an_unfinished_line_waits_until_it_is_complete(bench: Bench) -> None:
    bench.append("done\nhalf")
    async with bench.life():
        await bench.arrive("done")
        await bench.stored(5)
        bench.append(" and rest\n")
        await bench.arrive("done", "half and rest")


async def test_a_line_of_ten_megabytes_written_in_pieces(bench: Bench) -> None:
    async with bench.life():
        for _ in range(10):
            bench.append("x" * (1 << 20))
        bench.append("\nshort\n")
        await until(lambda: len(bench.seen.lines) == 2)
    assert [len(line) for line in bench.seen.lines] == [10 << 20, 5]


async def test_a_line_beyond_all_bounds_comes_in_pieces(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.tail.opened.LONGEST_LINE", 1 << 20)
    bench.append("x" * (5 << 20) + "\nend\n")
    async with bench.life():
        await until(lambda: bench.seen.lines[-1:] == ["end"])
    assert sum(map(len, bench.seen.lines)) == (5 << 20) + 3
    assert max(map(len, bench.seen.lines)) <= 2 << 20


async def test_many_files_share_a_batch_and_keep_their_parts(bench: Bench) -> None:
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
async def test_encodings(bench: Bench, encoding: str, data: bytes, lines: list[str]) -> None:
    bench.append(data)
    async with bench.life(encoding=encoding):
        await bench.arrive(*lines)
        await bench.stored(len(data))
    async with bench.life(encoding=encoding):
        bench.append(data[-2:] if b"\0" not in data[-2:] else data[-4:])
        await until(lambda: len(bench.seen.lines) == len(lines) + 1)


async def test_utf16_arrives_in_odd_pieces(bench: Bench) -> None:
    data = codecs.BOM_UTF16_LE + "añb\nc\n".encode("utf-16-le")
    async with bench.life():
        for at in range(0, len(data), 3):
            bench.append(data[at : at + 3])
            await bench.component_rests()
        await bench.arrive("añb", "c")
