"""Text that fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.drawing.svg.text import elided, mono_width, wrapped


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("pod_logs", 2, ["pod_logs"]),
        ("kubernetes_monitoring_telemetry", 2, ["kubernetes_", "monitor…emetry"]),
        ("abcdefghijklmnop", 2, ["abcdefghijklmn", "op"]),
        ("loki.source.api", 1, ["loki.so…ce.api"]),
    ],
)
def test_breaks_behind_separators_and_leaves_out_the_middle(text: str, lines: int, expected: list[str]) -> None:
    assert wrapped(text, 10, 14 * 6.1 + 0.01, lines) == expected


@given(st.text(max_size=80), st.floats(20, 300), st.integers(1, 3))
def test_it_never_is_too_wide(text: str, width: float, lines: int) -> None:
    rows = wrapped(text, 10, width, lines)
    assert 1 <= len(rows) <= lines
    assert all(mono_width(row, 10) <= width for row in rows)


def test_wide_characters_take_two_columns() -> None:
    assert mono_width("日本", 10) == mono_width("abcd", 10)
    assert elided("日本語日本語", 7) == "日本…語"
