from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from kmon.demo.node import containers, inventory, node_name
from kmon.demo.tally import Tally
from kmon.demo.writer import Writer
from kmon.sink import Entry, Push, Stream
from runtime.kubernetes.inventory import Inventory


def read_back(folder: Path, tally: Tally) -> None:
    """What a collector that misses nothing would send, by a reader of its own."""
    for container in containers():
        entries, held = [], b""
        for file in sorted(
            (folder / container.log_folder).iterdir(), key=lambda file: (file.name == "0.log", file.name)
        ):
            for line in file.read_bytes().splitlines():
                _, _, flag, text = line.split(b" ", 3)
                held += text
                if flag == b"F":
                    entries.append(Entry(0, held, {}))
                    held = b""
        assert not held
        tally.take(Push("", (Stream({"pod": container.pod, "container": container.name}, tuple(entries)),)))


async def test_what_is_counted_as_written_stands_in_the_files(tmp_path: Path) -> None:
    tally = Tally()
    writer = Writer(tmp_path, containers(), tally, rate=5000, rotate=1.0)
    writing = asyncio.create_task(writer.run())
    await asyncio.sleep(0.1)
    writer.allow_rotation()
    while writer.rotations < len(containers()):
        await asyncio.sleep(0.05)
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    assert set(tally.counts) == {(container.pod, container.name) for container in containers()}
    read_back(tmp_path, tally)
    assert tally.clean
    assert tally.written > 1000


def test_the_inventory_is_one_that_the_runtime_reads(tmp_path: Path) -> None:
    file = tmp_path / "inventory.yaml"
    file.write_text(inventory())
    Inventory([file])
    folders = [str(container.log_folder) for container in containers()]
    assert node_name() == "demo-node"
    assert len(set(folders)) == len(folders) == 7
    (static,) = (folder for folder in folders if "etcd" in folder)
    # The hash of the manifest, not the uid of the mirror pod.
    assert static.startswith("kube-system_etcd-demo-node_")
    assert "-" not in static.removeprefix("kube-system_etcd-demo-node_").partition("/")[0]
