"""Positions on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtime.tail import legacy
from runtime.tail.positions import Part, Positions

KEY = ("/var/log/a.log", '{job="t"}')
PART = Part(1, 2, 3, "abc", 40, 50, 60, "/var/log/a.log", "gz")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert not Positions(tmp_path).file.exists()
    Positions(tmp_path).write([(KEY, (PART, PART))])
    stored = Positions(tmp_path).load()
    assert stored.parts == {KEY: (PART, PART)}
    assert not stored.lost


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_torn_anywhere_the_durable_copy_counts(tmp_path: Path, cut: int) -> None:
    positions = Positions(tmp_path)
    positions.write([(KEY, (PART,))], durable=True)
    positions.write([(KEY, (Part(1, 2, 3, "abc", 99),))])
    data = positions.file.path.read_bytes()
    positions.file.path.write_bytes(data[: min(cut, len(data) - 1)])
    stored = positions.load()
    assert stored.parts == {KEY: (PART,)}
    assert "damaged" in stored.notes[0]


def test_a_path_that_is_no_utf8(tmp_path: Path) -> None:
    path = os.fsdecode(b"/var/log/caf\xe9.log")
    key, part = (path, f'{{file="{path}"}}'), Part(1, 2, 3, "abc", 40, 50, 60, path)
    Positions(tmp_path).write([(key, (part,))])
    assert Positions(tmp_path).load().parts == {key: (part,)}


def test_an_inode_that_is_used_again_is_not_ours(tmp_path: Path) -> None:
    first, second = Positions(tmp_path), Positions(tmp_path)
    first.write([(KEY, (PART,))])
    inode = first.file.path.stat().st_ino
    for _ in range(50):
        time.sleep(0.005)
        second.write([(KEY, (PART,))])
        assert not first.file.ours()
        if second.file.path.stat().st_ino == inode:
            break


def test_sync_makes_the_copy(tmp_path: Path) -> None:
    positions = Positions(tmp_path)
    positions.write([(KEY, (PART,))])
    positions.file.sync()
    positions.file.path.unlink()
    assert Positions(tmp_path).load().parts == {KEY: (PART,)}


def test_an_entry_that_makes_no_sense_leaves_the_others(tmp_path: Path) -> None:
    positions = Positions(tmp_path)
    positions.write([(KEY, (PART,)), (("/b", "{}"), (Part(1, 2, 3, "", -4),))])
    stored = positions.load()
    assert stored.parts == {KEY: (PART,)}
    assert stored.damaged == {("/b", "{}")}


def test_the_file_is_ours_until_another_writes_it(tmp_path: Path) -> None:
    first, second = Positions(tmp_path), Positions(tmp_path)
    first.write([(KEY, (PART,))])
    assert first.file.ours()
    second.write([(KEY, (PART,))], durable=True)
    assert second.file.ours()
    assert not first.file.ours()


@pytest.mark.parametrize("text", ["", "positions: {}\n", "positions:\n"])
def test_legacy_without_positions(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.yml"
    path.write_text(text)
    stored = legacy.read(path)
    assert not stored.parts
    assert not stored.lost


@pytest.mark.parametrize("text", ["positions: [", "- a\n", "positions: 3\n", "\x00"])
def test_legacy_that_is_something_else(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.yml"
    path.write_text(text)
    assert legacy.read(path).lost


def test_legacy_values(tmp_path: Path) -> None:
    path = tmp_path / "p.yml"
    path.write_text('positions:\n  /a: "12"\n  /b: 7\n  /c: "-1"\n  journal-x: "s"\n')
    stored = legacy.read(path)
    assert {key[0]: parts[0].offset for key, parts in stored.parts.items()} == {"/a": 12, "/b": 7}
    assert stored.damaged == {("/c", "{}")}
