from __future__ import annotations

from kmon.sink.push import Push
from kmon.sink.window import Window
from runtime.wire.loki_decode import Entry, Stream


def push(app: str, *lines: str, tenant: str = "") -> Push:
    return Push(tenant, (Stream({"app": app}, tuple(Entry(n, line.encode(), {}) for n, line in enumerate(lines))),))


def test_the_oldest_go_first_and_are_counted() -> None:
    window = Window(max_entries=3)
    window.add(push("a", "1", "2"))
    window.add(push("b", "3", "4"))
    assert [kept.entry.line for kept in window] == [b"2", b"3", b"4"]
    assert (window.arrived, window.forgotten) == (4, 1)
    assert [(s.labels["app"], s.entries, s.kept) for s in window.streams] == [("a", 2, 1), ("b", 2, 2)]


def test_bytes_are_bounded_and_an_emptied_stream_is_forgotten() -> None:
    window = Window(max_bytes=3000)
    window.add(push("a", "x" * 1000))
    window.add(push("b", "y" * 1000, "z" * 1000))
    assert window.bytes <= 3000
    assert [s.labels["app"] for s in window.streams] == ["b"]
    window.add(push("c", "w" * 4000))
    assert (len(window), window.bytes, window.streams) == (0, 0, [])


def test_tenants_are_streams_of_their_own() -> None:
    window = Window()
    for tenant in ("one", "two", "one"):
        window.add(push("a", "x", tenant=tenant))
    assert sorted((s.tenant, s.entries) for s in window.streams) == [("one", 2), ("two", 1)]


def test_newest_after_a_number() -> None:
    window = Window()
    window.add(push("a", *"12345"))
    assert [kept.number for kept in window.newest(3, 10)] == [4, 5]
    assert [kept.number for kept in window.newest(0, 2)] == [4, 5]
    assert window.newest(5, 10) == []
