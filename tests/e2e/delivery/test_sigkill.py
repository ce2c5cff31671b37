"""The delivery promise, seen from outside: killed at random moments while files rotate, not one line is lost."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.delivery.rig import Agent, Answer, Sink, Writer, eventually, imbalances

PLAIN = """
loki.source.file "pods" {{
  targets = {targets}
  forward_to = [loki.write.sink.receiver]
}}
"""
CRI = """
loki.source.file "pods" {{
  targets = {targets}
  forward_to = [loki.process.pods.receiver]
}}

loki.process "pods" {{
  forward_to = [loki.write.sink.receiver]
  stage.cri {{ }}
  stage.labels {{
    values = {{ stream = "" }}
  }}
}}
"""
WRITE = """
loki.write "sink" {{
  endpoint {{
    url                = "{url}/loki/api/v1/push"
    batch_wait         = "200ms"
    min_backoff_period = "100ms"
  }}
}}
"""


def unreliable(chance: random.Random) -> Sink:
    """One delivery in ten fails with a 503, one in twenty gets no answer, one in fifty a late one."""

    def answer(_number: int, _push: object) -> Answer:
        dice = chance.random()
        if dice < 0.15:
            return Answer(503 if dice < 0.1 else 0)
        return Answer(wait=0.2 if dice < 0.17 else 0.0)

    return Sink(answer)


@dataclass(frozen=True, slots=True)
class Twice:
    """What arrived twice: its part of all lines, and the longest time that lay between the first arrival of such a line
    and the end of the process that had delivered it."""

    share: float
    noted_after: float


def twice(sink: Sink, ends: list[float]) -> Twice:
    first: dict[int, float] = {}
    longest = 0.0
    for number, at in zip(sink.numbers, sink.taken_at, strict=True):
        if (before := first.setdefault(number, at)) < at:
            end = next((end for end in ends if end >= before), at)
            longest = max(longest, end - before)
    return Twice(1 - len(first) / len(sink.numbers), longest)


def run(tmp_path: Path, pipeline: str, kind: signal.Signals, times: int) -> Twice:
    """Stop the process so often at random moments while files rotate. Nothing may be missing in the end."""
    ends: list[float] = []
    chance = random.Random(int(os.environ.get("KMON_SEED", "0")) or None)
    writer = Writer(tmp_path / "pods", cri=pipeline is CRI)
    with (
        unreliable(chance) as sink,
        Agent(tmp_path, (pipeline + WRITE).format(targets=writer.targets(), url=sink.url)) as agent,
    ):
        # What was rotated away before the process ever saw the path is nobody's business.
        eventually((agent.storage / "loki.source.file.pods" / "positions.json").exists, what="the first positions")
        writer.start()
        for _ in range(times):
            time.sleep(chance.uniform(0.5, 3))
            if kind == signal.SIGKILL:
                agent.kill()
            else:
                agent.stop()
            ends.append(time.monotonic())
            time.sleep(chance.uniform(0, 1))
            # A SIGTERM before the process has taken charge of signals simply ends it: nothing to see there.
            agent.start(wait=kind == signal.SIGTERM)
        written = writer.stop()
        deadline = time.monotonic() + 40
        while len(set(sink.numbers)) < written and time.monotonic() < deadline:
            time.sleep(0.1)
        if len(set(sink.numbers)) == written:
            eventually(lambda: imbalances(agent.metrics()) == {}, 5, "balanced books")
        agent.stop()
    missing = sorted(set(range(written)) - set(sink.numbers))
    again = twice(sink, ends)
    print(
        f"{kind.name}: {written} lines written, {len(missing)} lost, {again.share:.3%} twice, "
        f"delivered at most {again.noted_after * 1000:.0f} ms before the end"
    )
    assert not missing, f"{len(missing)} of {written} lines lost, first {missing[:5]}:\n{agent.log[-3000:]}"
    return again


def test_ten_kills_while_files_rotate_lose_nothing(tmp_path: Path) -> None:
    """Twice comes what was delivered in the last moments before a kill, and nothing older. How many lines that are says
    little: after a while down, one request holds thousands. The bound leaves time to a machine that has much to do."""
    assert run(tmp_path, CRI, signal.SIGKILL, 10).noted_after < 3


def test_orderly_stops_while_files_rotate_lose_and_repeat_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, CRI, signal.SIGTERM, 5).share == 0


@pytest.mark.soak
@pytest.mark.parametrize("pipeline", [PLAIN, CRI], ids=["plain", "cri"])
def test_a_hundred_kills(tmp_path: Path, pipeline: str) -> None:
    assert run(tmp_path, pipeline, signal.SIGKILL, 100).share < 0.005


@pytest.mark.soak
@pytest.mark.parametrize("pipeline", [PLAIN, CRI], ids=["plain", "cri"])
def test_fifty_orderly_stops(tmp_path: Path, pipeline: str) -> None:
    assert run(tmp_path, pipeline, signal.SIGTERM, 50).share == 0
