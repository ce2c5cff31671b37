"""Texts of files: UTF-8, with or without a mark, in the lines of any system."""

from pathlib import Path

import pytest

from compiler.texts import decode, read_text, why


def test_a_byte_order_mark_and_other_ends_of_lines_are_not_seen(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"\xef\xbb\xbfa\r\n\xc3\xa4\n")
    assert read_text(file) == "a\nä\n"


@pytest.mark.parametrize(
    ("data", "place"), [(b"\xff", "a:1:1"), (b"\xef\xbb\xbfab\xff", "a:1:3"), (b"x\n\xc3\xa4 \xe4\n", "a:2:4")]
)
def test_what_is_not_utf_8_is_shown_by_line_and_column(data: bytes, place: str) -> None:
    with pytest.raises(OSError, match="not UTF-8") as caught:
        decode(data, "a")
    assert caught.value.filename == place


def test_a_file_is_named_also_where_only_reading_fails() -> None:
    with pytest.raises(OSError, match="Input/output error") as caught:
        read_text("/proc/self/mem")
    assert (caught.value.filename, why(caught.value)) == ("/proc/self/mem", "input/output error")
