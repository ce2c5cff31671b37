from __future__ import annotations

import re
import time
from pathlib import Path

from kmon.demo.files import MAX_PART, LogFile, cri

AT = 1_767_366_245_000_000_007


def test_a_line_has_time_stream_flag_and_text() -> None:
    assert cri(b"hello  world", "stderr", AT) == b"2026-01-02T15:04:05.000000007Z stderr F hello  world\n"
    assert cri(b"", "stdout", AT) == b"2026-01-02T15:04:05.000000007Z stdout F \n"


def test_a_long_line_comes_in_parts_that_join_to_the_text() -> None:
    text = bytes(range(32, 127)) * 400
    lines = cri(text, "stdout", AT).splitlines()
    fields = [line.split(b" ", 3) for line in lines]
    assert [flag for _, _, flag, _ in fields] == [b"P", b"P", b"F"]
    assert all(len(part) <= MAX_PART for *_, part in fields)
    assert b"".join(part for *_, part in fields) == text


def test_a_text_that_fills_the_buffer_is_one_full_line() -> None:
    assert cri(b"x" * MAX_PART, "stdout", AT).count(b"\n") == 1


def test_rotation_renames_and_the_last_lines_go_to_the_renamed_file(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "c")
    log.write(b"1\n")
    log.rotate()
    log.rotate()
    assert log.rotations == 1
    (rotated,) = (tmp_path / "c").glob("0.log.*")
    assert re.fullmatch(r"0\.log\.\d{8}-\d{6}", rotated.name)
    log.write(b"2\n")
    log.write(b"3\n")
    log.close()
    assert rotated.read_bytes() == b"1\n2\n"
    assert (tmp_path / "c" / "0.log").read_bytes() == b"3\n"


def test_only_the_newest_rotated_files_are_kept(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "c")
    for second in range(6):
        (tmp_path / "c" / f"0.log.20000101-00000{second}").touch()
    log.rotate()
    log.close()
    names = sorted(file.name for file in (tmp_path / "c").iterdir())
    assert names[:3] == ["0.log.20000101-000003", "0.log.20000101-000004", "0.log.20000101-000005"]
    assert names[3].startswith(time.strftime("0.log.%Y%m%d"))
    assert len(names) == 4
