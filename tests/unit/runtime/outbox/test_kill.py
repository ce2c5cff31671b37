"""A real process with an outbox, killed with SIGKILL: what it acknowledged was delivered or is in the spool."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.outbox import Spool

PROGRAM = """
import asyncio, pathlib, random, sys
from runtime.ledger import Ledger
from runtime.outbox import Delivered, Outbox, Request, Retry, Settings, Spool
from runtime.signals.delivery import Delivery

async def send(request):
    await asyncio.sleep(0.001)
    if random.random() < 0.3:
        return Retry("ingester_error")
    print("took", request.body[:5].decode(), flush=True)
    return Delivered()

async def main():
    settings = Settings(capacity=20_000, min_backoff=0.001, max_backoff=0.01, write_through=sys.argv[2] == "wal")
    outbox = Outbox(send, settings, Ledger().account("x"), spool=Spool(pathlib.Path(sys.argv[1]), 1 << 24))
    task = asyncio.create_task(outbox.run())
    for number in range(100_000):
        text = f"{number:05d}"
        delivery = Delivery([lambda text=text: print("acked", text, flush=True)])
        await outbox.put(Request(text.encode() * 200, {}, 1, 0, (delivery,)))

asyncio.run(main())
"""


@pytest.mark.parametrize(("mode", "lines"), [("plain", 40), ("plain", 333), ("wal", 250)])
def test_acknowledged_is_delivered_or_on_disk(tmp_path: Path, mode: str, lines: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path), mode], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    seen = [process.stdout.readline().split() for _ in range(lines)]
    process.kill()
    seen += [line.split() for line in process.stdout if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    acked = {text for word, text in seen if word == "acked"}
    took = {text for word, text in seen if word == "took"}
    spool = Spool(tmp_path, 1 << 24)
    spool.open()
    stored = set()
    while (item := spool.next()) is not None:
        stored.add(item[1].body[:5].decode())
    spool.close()
    assert acked
    assert acked <= took | stored
    assert spool.take_losses() == []
