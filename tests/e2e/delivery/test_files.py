"""Files and positions that suffer: what is still on disk arrives, what is gone is counted, nothing crashes."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from tests.e2e.delivery.rig import Agent, Answer, Sink, Writer, eventually, imbalances, samples

CONFIG = """
local.file_match "logs" {{
  path_targets = [{{ __path__ = "{path}", job = "test" }}]
  sync_period  = "1s"
}}

loki.source.file "logs" {{
  targets    = local.file_match.logs.targets
  forward_to = [loki.process.logs.receiver]
}}

loki.process "logs" {{
  forward_to = [loki.write.sink.receiver]
  stage.static_labels {{
    values = {{ site = "here" }}
  }}
}}

loki.write "sink" {{
  endpoint {{
    url                = "{url}/loki/api/v1/push"
    batch_wait         = "100ms"
    min_backoff_period = "50ms"
    max_backoff_period = "200ms"
    queue_config {{
      capacity = "{capacity}"
    }}
  }}
}}
"""
_DOWN = Answer(503)


def config(path: Path, url: str, capacity: str = "10MiB") -> str:
    return CONFIG.format(path=path, url=url, capacity=capacity)


def numbered(start: int, end: int, size: int = 100) -> str:
    return "".join(f"line {number} {'x' * size}\n" for number in range(start, end))


def abandoned(agent: Agent) -> dict[str, int]:
    found = samples(agent.metrics(), "kmon_file_bytes_abandoned_total").items()
    return {dict(labels)["reason"]: int(value) for labels, value in found}


def arrived(sink: Sink, number: int) -> None:
    eventually(lambda: len(set(sink.numbers)) >= number, what=f"the arrival of {number} lines")


def finish(agent: Agent) -> None:
    eventually(lambda: imbalances(agent.metrics()) == {}, 5, "balanced books")
    agent.stop()


@pytest.mark.parametrize("both", [False, True], ids=["one", "both"])
def test_a_torn_positions_file(tmp_path: Path, both: bool) -> None:
    """The previous copy takes over; without one everything is read again, and nothing is lost."""
    path = tmp_path / "a.log"
    path.write_text(numbered(0, 3000))
    with Sink() as sink, Agent(tmp_path, config(path, sink.url)) as agent:
        arrived(sink, 3000)
        folder = agent.storage / "loki.source.file.logs"
        end = f'"offset":{path.stat().st_size}'
        eventually(lambda: end in (folder / "positions.json.previous").read_text(), what="the copy")
        agent.kill()
        for name in ("positions.json", "positions.json.previous")[: 2 if both else 1]:
            torn = (folder / name).read_bytes()
            (folder / name).unlink()
            (folder / name).write_bytes(torn[: len(torn) // 2])
        with path.open("a") as file:
            file.write(numbered(3000, 3500))
        agent.start(wait=True)
        arrived(sink, 3500)
        assert "is damaged" in agent.log
        finish(agent)
    assert len(sink.numbers) == (6500 if both else 3500)


def test_positions_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(numbered(0, 1000))
    with Sink() as sink, Agent(tmp_path, config(path, sink.url)) as agent:
        agent.kill()
        (agent.storage / "loki.source.file.logs" / "positions.json.new").mkdir(parents=True)
        agent.start(wait=True)
        arrived(sink, 1000)
        agent.wait_for("cannot write positions")
        with path.open("a") as file:
            file.write(numbered(1000, 2000))
        arrived(sink, 2000)
        finish(agent)
    assert agent.log.count("cannot write positions") == 1


def test_a_file_that_is_deleted_while_it_is_read(tmp_path: Path) -> None:
    """The open file is read to its end, however long the destination is down."""
    path = tmp_path / "a.log"
    path.write_text(numbered(0, 50_000, 300))
    with (
        Sink(lambda *_: _DOWN) as sink,
        Agent(tmp_path, config(path, sink.url, "16KiB"), "--storage.spool-size=0") as agent,
    ):
        eventually(lambda: len(sink.requests) > 1, what="an attempt")
        path.unlink()
        sink.answer = lambda *_: Answer()
        arrived(sink, 50_000)
        assert abandoned(agent) == {}
        finish(agent)
    assert sorted(sink.numbers) == list(range(50_000))


def test_a_file_that_is_deleted_while_nothing_runs_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text(numbered(0, 1000))
    options = ("--storage.spool-size=0", "--feature.component-shutdown-deadline=1s")
    with Sink() as sink, Agent(tmp_path, config(path, sink.url), *options) as agent:
        eventually(lambda: agent.stored(path), what="the delivery of the first lines")
        sink.answer = lambda *_: _DOWN
        with path.open("a") as file:
            file.write(numbered(1000, 2000))
        attempts = len(sink.requests)
        eventually(lambda: len(sink.requests) > attempts, what="an attempt")
        agent.stop()
        (tmp_path / "new").write_text(numbered(2000, 3000))
        (tmp_path / "new").rename(path)
        sink.answer = lambda *_: Answer()
        agent.start(wait=True)
        arrived(sink, 2000)
        assert abandoned(agent) == {"deleted": len(numbered(1000, 2000))}
        finish(agent)
    assert sorted(sink.numbers) == [*range(1000), *range(2000, 3000)]


def test_copy_truncate_under_load(tmp_path: Path) -> None:
    """The rest of what was copied away is read from the copy."""
    writer = Writer(tmp_path, files=2, rotate=0.7, copy_truncate=True)
    with Sink() as sink, Agent(tmp_path, config(tmp_path / "*" / "0.log", sink.url)) as agent:
        agent.wait_for("configuration loaded")
        writer.start()
        time.sleep(8)
        written = writer.stop()
        arrived(sink, written)
        assert abandoned(agent) == {}
        finish(agent)
    assert sorted(sink.numbers) == list(range(written))


def test_lines_that_nobody_would_write(tmp_path: Path) -> None:
    """Ten MiB in one line, runs of NUL, bytes that are no UTF-8, no newline at the end."""
    path = tmp_path / "a.log"
    strange = [
        b"x" * (10 << 20),
        b"\x00" * 1_000_000 + b"after",
        b"\xff\xfe\xfd caf\xe9 \xed\xa0\x80",
        b"",
        b"\r",
        b"\x1b[0m",
    ]
    with path.open("wb") as file:
        for number, line in enumerate(strange):
            file.write(b"line %d\n" % number + line + b"\n")
        file.write(b"line 6\nline 7")
    with Sink() as sink, Agent(tmp_path, config(path, sink.url)) as agent:
        arrived(sink, 7)
        with path.open("ab") as file:
            file.write(b" and the rest\n")
        arrived(sink, 8)
        finish(agent)
    assert sorted(sink.numbers) == list(range(8))
    assert {*strange[:3], b"\x1b[0m"} <= set(sink.lines)


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    """Names are bytes: this one cannot stand in a label as it is, and must not stop the other file."""
    (tmp_path / "logs").mkdir()
    odd = os.fsencode(tmp_path / "logs") + b"/caf\xe9.log"
    Path(os.fsdecode(odd)).write_text(numbered(0, 100))
    (tmp_path / "logs" / "good.log").write_text(numbered(100, 200))
    with Sink() as sink, Agent(tmp_path, config(tmp_path / "logs" / "*.log", sink.url)) as agent:
        arrived(sink, 200)
        finish(agent)
    assert sorted(sink.numbers) == list(range(200))


def test_two_thousand_files(tmp_path: Path) -> None:
    """More than a process may open by default: the soft limit is raised."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(2000):
        (folder / f"{number}.log").write_text(numbered(number * 5, number * 5 + 5))
    soft, hard = 1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 4096:
        pytest.skip("this machine does not allow so many open files")
    limits = [(resource.RLIMIT_NOFILE, soft, hard)]
    with Sink() as sink, Agent(tmp_path, config(folder / "*.log", sink.url), limits=limits) as agent:
        arrived(sink, 10_000)
        for number in range(0, 2000, 20):
            with (folder / f"{number}.log").open("a") as file:
                file.write(f"line {10_000 + number // 20}\n")
        arrived(sink, 10_100)
        eventually(lambda: agent.stored(folder / "0.log") and agent.stored(folder / "1980.log"), what="the positions")
        agent.kill()
        agent.start(wait=True)
        for number in range(0, 2000, 20):
            with (folder / f"{number}.log").open("a") as file:
                file.write(f"line {10_100 + number // 20}\n")
        arrived(sink, 10_200)
        finish(agent)
    assert sorted(sink.numbers) == list(range(10_200))


def test_more_files_than_may_be_open(tmp_path: Path) -> None:
    """Those that cannot be opened are complained of; the others and the destination go on."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.log").write_text(numbered(number * 5, number * 5 + 5))
    limits = [(resource.RLIMIT_NOFILE, 256, 256)]
    with Sink() as sink, Agent(tmp_path, config(folder / "*.log", sink.url), limits=limits) as agent:
        agent.wait_for("Too many open files")
        eventually(lambda: len(sink.numbers) > 500, what="the arrival of what can be read")
        agent.stop()
