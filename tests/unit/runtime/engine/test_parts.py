"""The small parts of the engine by themselves."""

from __future__ import annotations

import asyncio
import itertools

from compiler.evaluate.types import OptionalSecret, Secret
from runtime.backoff import Backoff
from runtime.component import Health
from runtime.engine.health import merged_health
from runtime.engine.queue import DirtyQueue
from runtime.engine.zero import zero_exports


async def test_the_queue_keeps_order_and_holds_each_once() -> None:
    queue: DirtyQueue[str] = DirtyQueue()
    for item in "bab":
        queue.put(item)
    await asyncio.wait_for(queue.wait(), 1)
    assert list(queue.drain()) == ["b", "a"]
    assert len(queue) == 0
    assert not queue.drain()


def test_the_worst_health_counts_and_of_equals_the_newest() -> None:
    healthy, unhealthy = Health("healthy", "a", 9), Health("unhealthy", "b", 1)
    assert merged_health([healthy, unhealthy]) is unhealthy
    assert merged_health([unhealthy, Health("exited", "c", 0)]).state == "exited"
    assert merged_health([healthy, Health("healthy", "newer", 10)]).message == "newer"


def test_backoff_doubles_up_to_the_longest_with_jitter() -> None:
    delays = list(itertools.islice(Backoff(first=1, longest=8).delays(), 6))
    for delay, base in zip(delays, (1, 2, 4, 8, 8, 8), strict=True):
        assert base * 2 / 3 <= delay <= base * 4 / 3


def test_zero_values_are_gos() -> None:
    types = {
        "receiver": "capsule(loki.LogsReceiver)",
        "targets": "list(target)",
        "data": "map(secret)",
        "content": "secret_or_string",
        "token": "secret",
        "text": "string",
    }
    assert zero_exports(types) == {
        "receiver": None,
        "targets": [],
        "data": {},
        "content": OptionalSecret("", False),
        "token": Secret(""),
        "text": "",
    }
