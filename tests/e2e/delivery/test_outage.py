"""A destination that is down: nothing is lost within the disk budget, beyond it the oldest go and are counted."""

from __future__ import annotations

import random
import re
import resource
import time
from pathlib import Path

from tests.e2e.delivery.rig import Agent, Answer, Sink, Writer, eventually, imbalances, samples

_UP, _DOWN = Answer(), Answer(503)
SOURCE = """
loki.source.file "logs" {{
  targets    = [{{ __path__ = "{path}", job = "test" }}]
  forward_to = [{receivers}]
}}
"""
WRITE = """
loki.write "{name}" {{
  {endpoints}
}}
"""
ENDPOINT = """
  endpoint {{
    name               = "{name}"
    url                = "{url}/loki/api/v1/push"
    batch_wait         = "100ms"
    batch_size         = "64KiB"
    min_backoff_period = "50ms"
    max_backoff_period = "200ms"
    queue_config {{
      capacity = "{capacity}"
    }}
  }}
"""


def config(path: Path, url: str, capacity: str = "128KiB") -> str:
    endpoint = ENDPOINT.format(name="only", url=url, capacity=capacity)
    return SOURCE.format(path=path, receivers="loki.write.sink.receiver") + WRITE.format(
        name="sink", endpoints=endpoint
    )


class Log:
    """A file that grows by numbered lines, which do not compress well."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.written = 0
        self._random = random.Random(1)

    def add(self, lines: int, size: int = 400) -> None:
        with self.path.open("a") as file:
            for _ in range(lines):
                file.write(f"line {self.written} {self._random.randbytes(size // 2).hex()}\n")
                self.written += 1


def dropped(agent: Agent, reason: str) -> int:
    found = samples(agent.metrics(), "kmon_records_total").items()
    return int(sum(value for labels, value in found if ("reason", reason) in labels))


def lag(agent: Agent) -> int:
    return int(sum(samples(agent.metrics(), "kmon_file_lag_bytes").values()))


def test_an_outage_within_the_budget_loses_nothing_even_when_killed(tmp_path: Path) -> None:
    """Memory stays flat, and what arrives afterwards arrives once and in order."""
    log = Log(tmp_path / "a.log")
    with Sink(lambda *_: _DOWN) as sink, Agent(tmp_path, config(log.path, sink.url)) as agent:
        log.add(10_000)
        eventually(lambda: agent.stored(log.path), what="ownership of all lines")
        before = agent.resident()
        for _ in range(4):
            log.add(10_000)
            eventually(lambda: agent.stored(log.path), what="ownership of all lines")
        grown = agent.resident() - before
        assert grown < 16 << 20, f"memory grew by {grown >> 20} MiB during the outage"
        assert agent.spool_bytes() > 4 << 20
        agent.kill()
        agent.start(wait=True)
        assert not sink.numbers
        sink.answer = lambda *_: _UP
        eventually(lambda: len(sink.numbers) >= log.written, what="arrival of all lines")
        eventually(lambda: not agent.spool_files(), what="an empty spool")
        assert imbalances(agent.metrics()) == {}
        agent.stop()
    assert len(set(sink.numbers)) == log.written
    assert len(sink.numbers) == log.written, "lines arrived twice"
    out_of_order = sum(a > b for a, b in zip(sink.numbers, sink.numbers[1:], strict=False))
    assert out_of_order <= 8, f"{out_of_order} steps back"


def test_kills_while_the_destination_comes_and_goes(tmp_path: Path) -> None:
    """Memory is small, so lines go through the spool all the time."""
    writer = Writer(tmp_path / "pods", files=2, rate=4000, rotate=1.0)
    began = time.monotonic()

    def answer(*_: object) -> Answer:
        return _UP if (time.monotonic() - began) % 1.0 < 0.3 else _DOWN

    chance = random.Random(3)
    with Sink(answer) as sink:
        text = re.sub("targets .*", lambda _: f"targets = {writer.targets()}", config(tmp_path, sink.url, "16KiB"))
        with Agent(tmp_path, text) as agent:
            eventually((agent.storage / "loki.source.file.logs" / "positions.json").exists, what="the first positions")
            writer.start()
            spooled = 0
            for _ in range(4):
                time.sleep(chance.uniform(1, 2))
                spooled = max(spooled, agent.spool_bytes())
                agent.kill()
                agent.start()
            written = writer.stop()
            sink.answer = lambda *_: _UP
            eventually(lambda: len(set(sink.numbers)) >= written, what="arrival of all lines")
            eventually(lambda: imbalances(agent.metrics()) == {}, 5, "balanced books")
            agent.stop()
    twice = len(sink.numbers) - written
    print(f"{written} lines written, {twice} twice ({twice / written:.2%}), {spooled} bytes in the spool")
    assert spooled > 0
    assert twice < written * 0.15


def test_beyond_the_budget_the_oldest_go_and_are_counted(tmp_path: Path) -> None:
    cap = 1 << 20
    log = Log(tmp_path / "a.log")
    sizes = []
    with (
        Sink(lambda *_: _DOWN) as sink,
        Agent(tmp_path, config(log.path, sink.url), f"--storage.spool-size={cap}") as agent,
    ):
        agent.wait_for("configuration loaded")
        for _ in range(12):
            log.add(1000)
            sizes.append(agent.spool_bytes())
            time.sleep(0.1)
        eventually(lambda: agent.stored(log.path), what="ownership of all lines")
        sizes.append(agent.spool_bytes())
        sink.answer = lambda *_: _UP
        eventually(lambda: len(sink.numbers) + dropped(agent, "spool_full") >= log.written, what="the rest")
        lost = dropped(agent, "spool_full")
        counted = samples(agent.metrics(), "loki_write_dropped_entries_total")
        assert imbalances(agent.metrics()) == {}
        agent.stop()
    assert max(sizes) <= cap
    assert max(sizes) > cap // 2
    assert len(sink.numbers) == len(set(sink.numbers)) == log.written - lost
    assert lost > 1000
    assert sum(value for labels, value in counted.items() if ("reason", "spool_full") in labels) == lost
    kept = sorted(sink.numbers)
    # The newest are all there; of the older ones a request may arrive that was on its way when its segment went.
    assert kept[len(kept) // 2 :] == list(range(kept[len(kept) // 2], log.written))
    assert "records lost from the spool" in agent.log


def test_a_dead_endpoint_does_not_slow_down_the_others(tmp_path: Path) -> None:
    """Neither one of the same component nor one of another, whichever comes first."""
    log = Log(tmp_path / "a.log")

    def run(folder: Path, dead_answer: Answer) -> float:
        folder.mkdir()
        with Sink() as one, Sink() as two, Sink(lambda *_: dead_answer) as dead:
            endpoints = [
                ENDPOINT.format(name=name, url=url, capacity="128KiB")
                for name, url in (("dead", dead.url), ("one", one.url))
            ]
            text = SOURCE.format(path=log.path, receivers="loki.write.both.receiver, loki.write.two.receiver")
            text += WRITE.format(name="both", endpoints="\n".join(endpoints))
            text += WRITE.format(name="two", endpoints=ENDPOINT.format(name="two", url=two.url, capacity="128KiB"))
            with Agent(folder, text) as agent:
                agent.wait_for("configuration loaded")
                began = time.monotonic()
                eventually(lambda: min(len(one.numbers), len(two.numbers)) >= log.written, what="arrival elsewhere")
                seconds = time.monotonic() - began
                assert len(set(one.numbers)) == len(set(two.numbers)) == log.written
                agent.stop()
            return seconds

    log.add(20_000)
    healthy, with_dead = run(tmp_path / "healthy", _UP), run(tmp_path / "dead", Answer(0))
    print(f"all lines took {healthy:.2f}s, with a dead endpoint {with_dead:.2f}s")
    assert with_dead < healthy * 2 + 1


def test_a_torn_spool_costs_nothing_but_the_torn_record(tmp_path: Path) -> None:
    """A kill amid a write leaves half a record at the end: it was not acknowledged, so it is read again."""
    log = Log(tmp_path / "a.log")
    with Sink(lambda *_: _DOWN) as sink, Agent(tmp_path, config(log.path, sink.url)) as agent:
        log.add(5_000)
        eventually(lambda: agent.stored(log.path), what="ownership of all lines")
        agent.kill()
        last = agent.spool_files()[-1]
        with last.open("r+b") as file:
            data = file.read()
            file.write(data[data.rindex(b"KMR1") :][:5000])
        log.add(1_000)
        agent.start(wait=True)
        sink.answer = lambda *_: _UP
        eventually(lambda: len(sink.numbers) >= log.written, what="arrival of all lines")
        assert imbalances(agent.metrics()) == {}
        agent.stop()
    assert sorted(sink.numbers) == list(range(log.written))


def test_a_damaged_record_of_the_spool_is_counted(tmp_path: Path) -> None:
    log = Log(tmp_path / "a.log")
    with Sink(lambda *_: _DOWN) as sink, Agent(tmp_path, config(log.path, sink.url)) as agent:
        log.add(5_000)
        eventually(lambda: agent.stored(log.path), what="ownership of all lines")
        agent.kill()
        first = agent.spool_files()[0]
        with first.open("r+b") as file:
            file.seek(1000)
            file.write(b"damaged")
        agent.start(wait=True)
        sink.answer = lambda *_: _UP
        eventually(lambda: not agent.spool_files(), what="an empty spool")
        lost = dropped(agent, "spool_corrupt")
        assert imbalances(agent.metrics()) == {}
        agent.stop()
    assert 0 < lost < 500
    assert len(sink.numbers) == len(set(sink.numbers)) == log.written - lost


def test_without_a_usable_spool_the_source_waits(tmp_path: Path) -> None:
    """Something stands in the place of the folder: nothing outlives the memory, nothing is lost either."""
    log = Log(tmp_path / "a.log")
    with Sink(lambda *_: _DOWN) as sink, Agent(tmp_path, config(log.path, sink.url)) as agent:
        agent.kill()
        (agent.storage / "loki.write.sink").mkdir(parents=True, exist_ok=True)
        (agent.storage / "loki.write.sink" / "spool").write_text("in the way")
        agent.start(wait=True)
        log.add(10_000)
        agent.wait_for("cannot open the spool")
        time.sleep(1)
        assert lag(agent) > 1 << 20
        agent.kill()
        agent.start(wait=True)
        sink.answer = lambda *_: _UP
        eventually(lambda: len(sink.numbers) >= log.written, what="arrival of all lines")
        assert imbalances(agent.metrics()) == {}
        agent.stop()
    assert sorted(sink.numbers) == list(range(log.written))


def test_a_full_disk_stops_the_source_and_loses_nothing(tmp_path: Path) -> None:
    """Files may not grow above 100 kB here, which a write notices as it does a full disk."""
    log = Log(tmp_path / "a.log")
    limits = [(resource.RLIMIT_FSIZE, 100_000, 100_000)]
    with Sink(lambda *_: _DOWN) as sink, Agent(tmp_path, config(log.path, sink.url), limits=limits) as agent:
        agent.wait_for("configuration loaded")
        log.add(10_000)
        agent.wait_for("cannot write to the spool")
        time.sleep(1)
        assert lag(agent) > 1 << 20
        assert agent.spool_bytes() <= 100_000
        agent.kill()
        agent.start(wait=True)
        agent.wait_for("cannot write to the spool")
        sink.answer = lambda *_: _UP
        eventually(lambda: len(set(sink.numbers)) >= log.written, what="arrival of all lines")
        assert imbalances(agent.metrics()) == {}
        agent.stop()
    assert set(sink.numbers) == set(range(log.written))
    # The kill came when of one batch a part was on disk and the rest was not.
    assert len(sink.numbers) - log.written <= 250
