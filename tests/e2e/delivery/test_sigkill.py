"""The delivery promise, seen from outside: killed at random moments while files rotate, not one line is lost."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.e2e.delivery.rig import Agent, Answer, Sink, Writer, eventually

KILLS = 10
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
    """One delivery in ten fails: with a 503, without an answer, and now and then after the lines were taken."""

    def answer(_number: int, _push: object) -> Answer:
        if chance.random() >= 0.1:
            return Answer(wait=0.05 if chance.random() < 0.02 else 0.0)
        return Answer(0 if chance.random() < 0.3 else 503)

    return Sink(answer)


@pytest.mark.parametrize("pipeline", [PLAIN, CRI], ids=["plain", "cri"])
@pytest.mark.parametrize("signal_name", ["KILL", "TERM"])
def test_stopped_ten_times_while_files_rotate(tmp_path: Path, pipeline: str, signal_name: str) -> None:
    chance = random.Random(int(os.environ.get("KMON_SEED", "0")) or None)
    writer = Writer(tmp_path / "pods", cri=pipeline is CRI)
    with unreliable(chance) as sink:
        config = (pipeline + WRITE).format(targets=writer.targets(), url=sink.url)
        with Agent(tmp_path, config) as agent:
            # What was rotated away before the process ever saw the path is nobody's business.
            eventually((agent.storage / "loki.source.file.pods" / "positions.json").exists, what="the first positions")
            writer.start()
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.5, 3))
                if signal_name == "KILL":
                    agent.kill()
                else:
                    agent.stop()
                time.sleep(chance.uniform(0, 1))
                # A signal that comes before the process has taken charge of it simply ends it: nothing to see there.
                agent.start(wait=signal_name == "TERM")
            written = writer.stop()
            try:
                eventually(lambda: len(set(sink.numbers)) >= written, 40, "every line's arrival")
            except AssertionError:
                missing = sorted(set(range(written)) - set(sink.numbers))
                print(f"LOST {len(missing)} of {written}, first {missing[:5]}", tmp_path)
            agent.stop()
    (tmp_path / "arrived").write_text(" ".join(map(str, sink.numbers)))
    missing = sorted(set(range(written)) - set(sink.numbers))
    twice = len(sink.numbers) - len(set(sink.numbers))
    print(f"{signal_name}: {written} lines written, {len(missing)} lost, {twice} twice ({twice / written:.3%})")
    assert not missing, f"{len(missing)} of {written} lines lost, first {missing[:5]}:\n{agent.log[-3000:]}"
    if signal_name == "TERM":
        assert not twice
