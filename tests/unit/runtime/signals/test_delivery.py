"""Acknowledgement: when a delivery fires, and that it fires once."""

from __future__ import annotations

import pytest

from runtime.signals.delivery import Delivery


def recorder(parts: int) -> tuple[Delivery, list[str]]:
    fired: list[str] = []
    callbacks = [lambda n=n: fired.append(f"part {n}") for n in range(parts)]
    return Delivery(callbacks, consumed=lambda: fired.append("consumed")), fired


def test_every_part_fires_once_when_the_last_branch_is_done() -> None:
    delivery, fired = recorder(2)
    delivery.fork(2)
    delivery.done()
    delivery.done()
    assert fired == []
    delivery.done()
    assert fired == ["consumed", "part 0", "part 1"]


def test_a_hold_keeps_only_its_part_open_and_frees_the_budget() -> None:
    delivery, fired = recorder(2)
    hold = delivery.hold(1)
    delivery.done()
    assert fired == ["consumed", "part 0"]
    hold.release()
    hold.release()
    assert fired == ["consumed", "part 0", "part 1"]


def test_two_holds_of_a_part_must_both_go() -> None:
    delivery, fired = recorder(1)
    first, second = delivery.hold(0), delivery.hold(0)
    delivery.done()
    first.release()
    assert fired == ["consumed"]
    second.release()
    assert fired == ["consumed", "part 0"]


def test_what_travels_in_a_record_fires_with_a_part_of_its_own() -> None:
    held, fired = recorder(1)
    hold = held.hold(0)
    held.done()
    carrier = Delivery([lambda: fired.append("carrier")])
    later = carrier.hold(carrier.add_part(hold.release))
    carrier.done()
    assert fired == ["consumed", "carrier"]
    later.release()
    assert fired == ["consumed", "carrier", "part 0"]


def test_more_done_than_branches_is_a_bug() -> None:
    delivery, _ = recorder(1)
    delivery.done()
    with pytest.raises(RuntimeError, match="more often"):
        delivery.done()
    with pytest.raises(RuntimeError, match="cannot be held"):
        delivery.hold(0)
    with pytest.raises(RuntimeError, match="cannot be forked"):
        delivery.fork()
