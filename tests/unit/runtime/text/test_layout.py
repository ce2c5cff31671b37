"""Go's time layouts: what fits, what does not, and what a time without year or zone means."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.text import rfc3339
from runtime.text.binary import parts
from runtime.text.gotime import Layout
from runtime.text.layout import NAMED
from runtime.text.times import Times


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, *, nanos: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * 10**9 + nanos


@pytest.mark.parametrize(
    ("layout", "text", "wanted"),
    [
        ("2006-01-02 15:04:05.000", "2024-03-05 10:20:30.250", at(2024, 3, 5, 10, 20, 30, nanos=250_000_000)),
        ("2006-01-02 15:04:05.000", "2024-03-05 10:20:30.25", None),
        ("2006-01-02 15:04:05.999", "2024-03-05 10:20:30", at(2024, 3, 5, 10, 20, 30)),
        ("2006-01-02 15:04:05,999", "2024-03-05 10:20:30.123456", at(2024, 3, 5, 10, 20, 30, nanos=123_456_000)),
        ("2006 002", "2024 060", at(2024, 2, 29)),
        ("2006 002", "2023 366", None),
        ("06/1/2", "69/3/5", at(1969, 3, 5)),
        ("06/1/2", "68/03/05", at(2068, 3, 5)),
        ("Monday, January 2 2006 3:04 pm", "tuesday, MARCH 5 2024 12:07 am", at(2024, 3, 5, 0, 7)),
        ("Monthly 2006", "Monthly 2024", at(2024, 1, 1)),
        ("_2006", "_2024", at(2024, 1, 1)),
        ("2006-01-02T15:04:05Z07", "2024-03-05T10:20:30+02", at(2024, 3, 5, 8, 20, 30)),
        ("2006-01-02T15:04:05Z070000", "2024-03-05T10:20:30-000030", at(2024, 3, 5, 10, 21)),
        ("2006-01-02 15:04 MST", "2024-03-05 10:20 GMT+3", at(2024, 3, 5, 10, 20)),
        ("2006-01-02 15:04 MST", "2024-03-05 10:20 cet", None),
        ("2006  15", "2024 10", at(2024, 1, 1, 10)),
        ("2006-01-02", "2024-03-05 ", None),
        ("2006-01-02", "2023-02-29", None),
        ("2006-01-02", "٢٠24-01-01", None),
    ],
)
def test_layouts(layout: str, text: str, wanted: int | None) -> None:
    assert Layout(layout).parse(text) == wanted


@pytest.mark.parametrize(
    ("now", "text", "year"),
    [
        ((2025, 1, 1), "Dec 31 23:59:59", 2024),
        ((2024, 12, 31), "Jan  1 00:00:01", 2025),
        ((2024, 6, 1), "Dec  1 00:00:00", 2024),
    ],
)
def test_a_layout_without_year_means_the_nearest_one_around_new_year(
    now: tuple[int, int, int], text: str, year: int
) -> None:
    found = Layout("Jan _2 15:04:05").parse(text, datetime(*now, tzinfo=UTC))
    assert found is not None
    assert datetime.fromtimestamp(found / 1e9, UTC).year == year


def test_a_location_knows_its_own_zone_names() -> None:
    layout = Layout("2006-01-02 15:04 MST", ZoneInfo("America/New_York"))
    assert layout.parse("2024-07-15 12:00 EDT") == at(2024, 7, 15, 16)
    assert layout.parse("2024-07-15 12:00 EST") == at(2024, 7, 15, 17)
    assert layout.parse("2024-07-15 12:00 CET") == at(2024, 7, 15, 12)


@given(
    st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2260, 1, 1)), max_size=20),
    st.sampled_from(["Z", "+02:00", "-11:30"]),
)
def test_a_column_of_times_reads_as_each_of_them_does(times: list[datetime], zone: str) -> None:
    texts = [f"{one.isoformat()}{zone}".encode() for one in times]
    data, offsets = parts(pa.array(texts, pa.binary()))
    nanos, good = rfc3339.parse(data, offsets[:-1].astype(np.int64), offsets[1:].astype(np.int64))
    assert good.all()
    assert nanos.tolist() == [rfc3339.parse_one(text) for text in texts]
    assert nanos.tolist() == [Layout(NAMED["RFC3339"]).parse(text.decode()) for text in texts]


def test_formats_are_tried_in_order() -> None:
    times = Times(["RFC3339", "UnixMs"], None)
    nanos, good = times.array(pa.array([b"2024-03-05T10:20:30Z", b"1709634030123", b"x", None], pa.binary()))
    assert good.tolist() == [True, True, False, False]
    assert nanos.tolist()[:2] == [at(2024, 3, 5, 10, 20, 30), 1709634030123 * 10**6]
