"""Writing a user's file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kmon.files import replace_text


def test_the_text_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    file, link = tmp_path / "a.alloy", tmp_path / "link.alloy"
    file.write_bytes(b"\xef\xbb\xbfold\r\n")
    file.chmod(0o640)
    link.symlink_to(file.name)
    replace_text(link, "ü\r\n")
    assert file.read_bytes() == b"\xef\xbb\xbf\xc3\xbc\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.alloy", "link.alloy"]


def test_what_cannot_be_written_leaves_the_old_text(tmp_path: Path) -> None:
    file = tmp_path / "a.alloy"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(file, "\udcff")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(FileNotFoundError):
        replace_text(tmp_path / "nope.alloy", "new")
