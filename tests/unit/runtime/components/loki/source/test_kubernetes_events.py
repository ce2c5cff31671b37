"""loki.source.kubernetes_events: lines, order, and where it goes on after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.component import ComponentError, HealthState
from runtime.components.loki.source.kubernetes_events import Arguments, KubernetesEvents
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.objects import Event
from runtime.kubernetes.source import Change, Selector, Sources
from tests.unit.runtime.components.harness import Collector, Desk, running, until


def event(name: str, version: int, at: str = "2024-05-01T10:00:00Z", **fields: Any) -> Event:
    body = {
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": str(version)},
        "involvedObject": {"kind": "Pod", "name": "web", "namespace": "shop"},
        "lastTimestamp": at,
        **fields,
    }
    return msgspec.convert(body, Event)


class Cluster(Sources):
    """Stands for connection and source: what `happen` says is what a watch yields."""

    def __init__(self) -> None:
        self.objects: dict[str, Event] = {}
        self.changes: asyncio.Queue[Change[Event]] = asyncio.Queue()
        self.selectors: list[Selector] = []

    def connect(self, arguments: ConnectionArguments, block: str = "") -> Any:
        return self

    def happen(self, *events: Event, problem: str = "") -> None:
        self.objects |= {event.key: event for event in events}
        self.changes.put_nowait(Change(self.objects, [event.key for event in events], problem))

    async def watch(self, selector: Selector, kind: type[Event]) -> AsyncGenerator[Change[Event], None]:
        self.selectors.append(selector)
        if len(self.selectors) > 1:
            yield Change(self.objects, list(self.objects))
        while True:
            yield await self.changes.get()


ID = "loki.source.kubernetes_events.ev"


def reasons(sink: Collector) -> list[str]:
    return [line.partition("reason=")[2].split(" ")[0] for line in sink.lines]


def build(desk: Desk, sink: Collector, **arguments: Any) -> KubernetesEvents:
    return KubernetesEvents(desk.options(), Arguments(forward_to=[sink], **arguments))


async def live(folder: Path, cluster: Cluster, sink: Collector, expected: Sequence[str], **arguments: Any) -> None:
    """One life of the component on the storage of those before."""
    async with running(build(Desk(folder, ID, kubernetes=cluster), sink, **arguments)):
        await until(lambda: len(sink.lines) >= len(expected))
        await asyncio.sleep(0.02)
    assert reasons(sink) == list(expected)


async def test_events_come_in_the_order_of_their_versions(tmp_path: Path) -> None:
    cluster, sink = Cluster(), Collector()
    cluster.happen(event("a", 7, reason="third"), event("b", 3, reason="first"), event("c", 5, reason="second"))
    await live(tmp_path, cluster, sink, ["first", "second", "third"])
    (batch,) = sink.batches
    assert dict(batch.streams[0]) == {
        "namespace": "shop",
        "job": "loki.source.kubernetes_events",
        "instance": ID,
    }
    assert batch.timestamp.tolist() == [1714557600 * 10**9] * 3


async def test_a_later_life_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.happen(event("a", 3, reason="one"), event("b", 5, reason="two"))
    await live(tmp_path, cluster, Collector(), ["one", "two"])
    again = Cluster()
    again.happen(
        event("a", 3, reason="one"), event("b", 9, reason="more"), event("c", 6, "2024-05-01T09:00:00Z", reason="late")
    )
    await live(tmp_path, again, Collector(), ["late", "more"])


async def test_what_is_not_acknowledged_is_read_again(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.happen(event("a", 3, reason="one"))
    await live(tmp_path, cluster, Collector(hold=True), ["one"])
    again = Cluster()
    again.happen(event("a", 3, reason="one"))
    await live(tmp_path, again, Collector(), ["one"])


async def test_an_acknowledgement_after_the_end_counts(tmp_path: Path) -> None:
    cluster, slow = Cluster(), Collector(hold=True)
    cluster.happen(event("a", 3, reason="one"))
    await live(tmp_path, cluster, slow, ["one"])
    slow.batches[0].delivery.done()
    again, sink = Cluster(), Collector()
    again.happen(event("a", 3, reason="one"), event("b", 4, reason="two"))
    await live(tmp_path, again, sink, ["two"])


async def test_versions_that_begin_anew_lose_nothing(tmp_path: Path) -> None:
    cluster = Cluster()
    cluster.happen(event("a", 900, reason="old"))
    await live(tmp_path, cluster, Collector(), ["old"])
    restored = Cluster()
    restored.happen(event("b", 12, "2024-05-01T10:05:00Z", reason="new"))
    await live(tmp_path, restored, Collector(), ["new"])


async def test_each_named_namespace_has_a_place_of_its_own(tmp_path: Path) -> None:
    """Two watches are not in step: what one delivers says nothing about the other."""
    cluster = Cluster()
    cluster.happen(event("a", 9, reason="one"))
    await live(tmp_path, cluster, Collector(), ["one"], namespaces=["shop", "test"])
    other: dict[str, Any] = {"metadata": {"name": "t", "namespace": "test", "resourceVersion": "4"}}
    again = Cluster()
    again.happen(event("a", 9, reason="one"), event("t", 4, reason="behind", **other))
    await live(tmp_path, again, Collector(), ["behind"], namespaces=["shop", "test"])
    assert again.selectors[0].namespaces == ("shop", "test")


async def test_other_namespaces_are_taken_up_at_once(tmp_path: Path) -> None:
    cluster, sink = Cluster(), Collector()
    cluster.happen(event("a", 3, reason="one"))
    component = build(Desk(tmp_path, ID, kubernetes=cluster), sink)
    async with running(component):
        await until(lambda: reasons(sink) == ["one"])
        await component.update(Arguments(forward_to=[sink], namespaces=["shop"]))
        await until(lambda: len(cluster.selectors) == 2)
        cluster.happen(event("b", 5, reason="two"))
        await until(lambda: len(sink.lines) == 2)
    assert reasons(sink) == ["one", "two"]


async def test_what_cannot_be_placed_is_dropped_and_counted(tmp_path: Path) -> None:
    cluster, sink = Cluster(), Collector()
    cluster.happen(
        event("a", 1, involvedObject={"kind": "Pod"}),
        event("b", 2, at="", lastTimestamp=None),
        event("c", 3, reason="good"),
    )
    desk = Desk(tmp_path, ID, kubernetes=cluster)
    async with running(build(desk, sink)):
        await until(lambda: reasons(sink) == ["good"])
        assert desk.account.dropped == {"no_object": 1, "no_time": 1}


async def test_trouble_shows_in_the_health_and_ends(tmp_path: Path) -> None:
    cluster, sink = Cluster(), Collector()
    cluster.happen(problem="cannot list events")
    desk = Desk(tmp_path, ID, kubernetes=cluster)
    async with running(build(desk, sink)):
        await until(lambda: desk.health[-1:] == [(HealthState.UNHEALTHY, "cannot list events")])
        cluster.happen(event("a", 1, reason="x"))
        await until(lambda: desk.health[-1][0] == HealthState.HEALTHY)


async def test_a_torn_positions_file_sends_again_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "positions.json").write_text('{"version": 1, "curs')
    cluster = Cluster()
    cluster.happen(event("a", 1, reason="x"))
    await live(tmp_path, cluster, Collector(), ["x"])
    assert "is damaged" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"log_format": "xml"}, "`xml` is no format, use one of: logfmt, json"),
        ({"job_name": ""}, "`job_name` is empty"),
        ({"namespaces": ["shop", ""]}, "`` is no name of a namespace"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        build(Desk(tmp_path, ID, kubernetes=Cluster()), Collector(), **arguments)
