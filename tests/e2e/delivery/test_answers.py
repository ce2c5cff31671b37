"""What a destination may answer, and what becomes of the lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kmon.sink.push import Push
from tests.e2e.delivery.rig import Agent, Answer, Sink, eventually, imbalances, samples

CONFIG = """
loki.source.file "logs" {{
  targets    = [{{ __path__ = "{path}", job = "test" }}]
  forward_to = [loki.write.sink.receiver]
}}

loki.write "sink" {{
  endpoint {{
    url                = "{url}/loki/api/v1/push"
    batch_wait         = "100ms"
    batch_size         = "16KiB"
    remote_timeout     = "1s"
    min_backoff_period = "50ms"
    max_backoff_period = "200ms"
  }}
}}
"""


def deliver(tmp_path: Path, answer: Callable[[int, Push], Answer], lines: int = 5000) -> tuple[Sink, str]:
    """The sink after all lines have met their end, and the last metrics."""
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number} {'x' * 100}\n" for number in range(lines)))
    with Sink(answer) as sink, Agent(tmp_path, CONFIG.format(path=path, url=sink.url)) as agent:
        agent.wait_for("configuration loaded")

        def settled() -> bool:
            drops = samples(agent.metrics(), "kmon_records_total").items()
            lost = sum(value for labels, value in drops if ("outcome", "dropped") in labels)
            return len(set(sink.numbers)) + lost >= lines

        eventually(settled, what="the end of all lines")
        metrics = agent.metrics()
        assert imbalances(metrics) == {}
        agent.stop()
    return sink, metrics


def carries(push: Push, number: int) -> bool:
    return any(entry.line.startswith(b"line %d " % number) for stream in push.streams for entry in stream.entries)


def test_400_drops_that_request_and_goes_on(tmp_path: Path) -> None:
    refused: list[int] = []

    def answer(_number: int, push: Push) -> Answer:
        if not carries(push, 1000):
            return Answer()
        refused.append(sum(len(stream.entries) for stream in push.streams))
        return Answer(400)

    sink, metrics = deliver(tmp_path, answer)
    assert len(refused) == 1, "a refused request is not tried again"
    assert len(sink.numbers) == len(set(sink.numbers)) == 5000 - refused[0]
    counted = samples(metrics, "loki_write_dropped_entries_total")
    assert sum(value for labels, value in counted.items() if ("reason", "ingester_error") in labels) == refused[0]


def test_429_waits_as_long_as_it_is_asked_to(tmp_path: Path) -> None:
    asked = 2.0

    def answer(number: int, _push: Push) -> Answer:
        return Answer(429, {"Retry-After": f"{asked:.0f}"}) if number == 3 else Answer()

    sink, _ = deliver(tmp_path, answer)
    at = next(i for i, (_, status) in enumerate(sink.requests) if status == 429)
    # What was on its way already had not heard of it.
    later = [when for when, _ in sink.requests if when > sink.requests[at][0] + 0.5]
    assert min(later) - sink.requests[at][0] >= asked * 0.98
    assert sorted(sink.numbers) == list(range(5000))


def test_a_lost_answer_repeats_that_request_alone(tmp_path: Path) -> None:
    def answer(number: int, _push: Push) -> Answer:
        return Answer(0, lost=True) if number == 5 else Answer()

    sink, _ = deliver(tmp_path, answer)
    assert set(sink.numbers) == set(range(5000))
    assert 0 < len(sink.numbers) - 5000 <= 16384 // 100


def test_no_answer_at_all_is_tried_again(tmp_path: Path) -> None:
    def answer(number: int, _push: Push) -> Answer:
        return Answer(503, wait=5.0) if number == 5 else Answer()

    sink, _ = deliver(tmp_path, answer)
    assert sorted(sink.numbers) == list(range(5000))


def test_one_request_that_always_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is set aside after its retries, and arrives when the destination has changed its mind."""
    arrived: list[int] = []

    def answer(_number: int, push: Push) -> Answer:
        if carries(push, 1000) and len(set(arrived)) < 4000:
            return Answer(500)
        arrived.extend(range(len(arrived), len(arrived) + sum(len(stream.entries) for stream in push.streams)))
        return Answer()

    sink, _ = deliver(tmp_path, answer)
    assert sorted(sink.numbers) == list(range(5000))
