from __future__ import annotations

from kmon.demo.tally import EVENTS, Tally
from kmon.sink import Entry, Push, Stream

KEY = ("pod-1", "app")


def push(*lines: bytes, pod: str = "pod-1", in_metadata: bool = False) -> Push:
    labels = {"container": "app"} if in_metadata else {"container": "app", "pod": pod}
    metadata = {"pod": pod} if in_metadata else {}
    return Push("", (Stream(labels, tuple(Entry(0, line, metadata) for line in lines)),))


def written(count: int) -> Tally:
    tally = Tally()
    for number in range(1, count + 1):
        tally.wrote(KEY, number, b"line seq=%d" % number)
    return tally


def test_all_arrived_once_in_any_order() -> None:
    tally = written(3)
    tally.take(push(b"line seq=3", b"line seq=1"))
    assert (tally.written, tally.arrived, tally.lost, tally.clean) == (3, 2, 1, False)
    tally.take(push(b"line seq=2", in_metadata=True))
    assert (tally.arrived, tally.lost, tally.clean) == (3, 0, True)


def test_twice_changed_and_unknown_are_told_apart() -> None:
    tally = written(2)
    tally.take(push(b"line seq=1", b"line seq=1", b"line cut seq=2", b"line seq=9", b"no number"))
    tally.take(push(b"line seq=1", pod="another"))
    assert (tally.arrived, tally.twice, tally.changed, tally.strangers) == (2, 1, 1, 3)
    assert not tally.clean


def test_an_event_is_known_by_its_message() -> None:
    tally = Tally()
    tally.wrote(EVENTS, 1, rb"image \"a\" pulled seq=1")
    line = rb'name=web kind=Pod reason=Pulled type=Normal count=1 msg="image \"a\" pulled seq=1" '
    tally.take(Push("", (Stream({"source": "kubernetes-events"}, (Entry(0, line, {}),)),)))
    assert (tally.arrived, tally.clean) == (1, True)
