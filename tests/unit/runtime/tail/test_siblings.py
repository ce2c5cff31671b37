"""Rotated files, in the order in which they were written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtime.tail.siblings import beside


@pytest.mark.parametrize(
    ("name", "oldest_first"),
    [
        ("0.log", ["0.log.20260101-101500.gz", "0.log.20260101-101510", "0.log.20260102-000000"]),
        ("x.log", ["x.log.10", "x.log.2.gz", "x.log.1"]),
        ("app.log", ["app-2026-01-01T10-15-00.000.log", "app-2026-01-02T10-15-00.000.log"]),
        ("app.log", ["app.log-20260101", "app.log-20260102"]),
        ("app.log", ["app.log.old"]),
    ],
)
def test_names_of_rotated_files(tmp_path: Path, name: str, oldest_first: list[str]) -> None:
    others = [name, f"{name}x", "0.logger", "app-1.log", "other.log.1", "1.log"]
    for position, file in enumerate([*reversed(oldest_first), *others]):
        (tmp_path / file).touch()
        os.utime(tmp_path / file, ns=(0, position * 10**9))
    found = beside(str(tmp_path / name))
    assert [Path(sibling.path).name for sibling in found if sibling.rank is not None] == oldest_first
    assert all(sibling.format == ("gz" if sibling.path.endswith(".gz") else "") for sibling in found)


def test_where_numbers_and_stamps_meet_the_last_write_decides(tmp_path: Path) -> None:
    for second, name in enumerate(["a.log.1", "a.log.20260101", "a.log.old"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, ns=(0, second * 10**9))
    assert [sibling.path[-4:] for sibling in beside(str(tmp_path / "a.log"))] == ["og.1", "0101", ".old"]


def test_no_folder_no_siblings(tmp_path: Path) -> None:
    assert beside(str(tmp_path / "none" / "a.log")) == []
