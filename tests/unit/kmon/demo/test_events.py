"""The demo's events: what is written is an inventory that grows and stays bounded."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from kmon.demo import events
from kmon.demo.events import EventWriter
from kmon.demo.node import containers
from kmon.demo.tally import EVENTS, Tally
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.inventory import Inventory
from runtime.kubernetes.objects import Event
from runtime.kubernetes.source import Selector


async def test_events_are_an_inventory(tmp_path: Path) -> None:
    tally = Tally()
    writer = EventWriter(tmp_path / "events.json", containers(), tally, rate=1000)
    task = asyncio.create_task(writer.run())
    while tally.written < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    source = Inventory([writer.file]).connect(ConnectionArguments())
    change = await anext(source.watch(Selector(), Event))
    assert len(change.objects) == tally.counts[EVENTS].written
    assert all("seq=" in event.message and event.involved_object.name for event in change.objects.values())


async def test_old_ones_go(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.json", containers(), Tally(), rate=100_000)
    task = asyncio.create_task(writer.run())
    while writer.tally.written <= events._KEPT + 5:
        await asyncio.sleep(0)
    task.cancel()
    names = [item["metadata"]["resourceVersion"] for item in json.loads(writer.file.read_text())["items"]]
    assert len(names) == events._KEPT
    assert names[0] != "1"
