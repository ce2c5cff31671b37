from __future__ import annotations

import pytest

from kmon.sink.faults import Faults, Outage
from kmon.sink.span import duration


def test_statuses_come_first_and_then_all_is_well() -> None:
    faults = Faults(statuses=(503, 400))
    assert [faults.judge() for _ in range(4)] == [503, 400, None, None]
    assert faults.counts == {"503": 1, "400": 1}


def test_failures_are_as_frequent_as_asked_and_repeat_by_seed() -> None:
    first, second = ([Faults(fail=0.1, seed=7).judge() for _ in range(1)] for _ in range(2))
    assert first == second
    faults = Faults(fail=0.2, seed=7)
    verdicts = [faults.judge() for _ in range(5000)]
    assert 850 < len(verdicts) - verdicts.count(None) < 1150
    assert set(verdicts) == {None, 503, "reset"}
    assert faults.counts["reset"] == verdicts.count("reset")


@pytest.mark.parametrize(
    ("outage", "ages", "down"),
    [
        (Outage(), [0, 1], [False, False]),
        (Outage(5), [0, 4.9, 5, 100], [True, True, False, False]),
        (Outage(5, 60), [4, 5, 59, 61, 66], [True, False, False, True, False]),
    ],
)
def test_outages(outage: Outage, ages: list[float], down: list[bool]) -> None:
    assert [outage.covers(age) for age in ages] == down
    now = [100.0]
    faults = Faults(outage=outage, clock=lambda: now[0])
    now[0] += ages[0]
    assert faults.judge() == ("reset" if down[0] else None)


@pytest.mark.parametrize(
    ("text", "seconds"), [("50ms", 0.05), ("30s", 30), ("1m30s", 90), ("1.5h", 5400), ("1d", 86400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "2", "s", "3 parsecs", "-1s", "1s2"])
def test_bad_durations_say_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write it like `30s`"):
        duration(text)
