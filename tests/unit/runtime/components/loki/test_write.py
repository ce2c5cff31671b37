"""`loki.write` against a push endpoint on loopback."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from compiler.evaluate.types import ByteSize, Duration, Secret
from runtime.component import ComponentError
from runtime.components.loki._endpoint import EndpointOptions, QueueConfig, WalArguments
from runtime.components.loki.write import Arguments, Write
from runtime.http import Authorization, BasicAuth
from tests.unit.runtime.components.loki.write_bench import (
    Loki,
    endpoint,
    eventually,
    make_options,
    running,
)


async def test_streams_labels_and_headers(loki: Loki, tmp_path: Path) -> None:
    arguments = Arguments(
        endpoint=[
            endpoint(loki.url, headers={"X-Extra": "1", "content-type": "x"}, http_headers={"X-Multi": [Secret("m")]})
        ],
        external_labels={"cluster": "c1", "job": "external"},
    )
    async with running(arguments, tmp_path) as bench:
        await bench.push(["x", "y"], {"job": "t", "__path__": "/x"})
        await eventually(lambda: bench.acked == [None])
    (push,) = loki.pushes
    text = '{cluster="c1", job="t"}'
    assert push.entries == [(text, "x"), (text, "y")]
    expected = {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "User-Agent": "kmon/1.2.3",
        "X-Agent-Id": "uuid-1",
        "X-Alloy-Id": "uuid-1",
        "X-Extra": "1",
        "X-Multi": "m",
    }
    assert {name: push.headers[name] for name in expected} == expected
    assert "X-Scope-OrgID" not in push.headers and "Authorization" not in push.headers


async def test_tenants(loki: Loki, tmp_path: Path) -> None:
    header = {"x-scope-orgid": "by-header"}
    arguments = Arguments(
        endpoint=[endpoint(loki.url, "/a", headers=header), endpoint(loki.url, "/b", tenant_id="by-id", headers=header)]
    )
    async with running(arguments, tmp_path) as bench:
        await bench.push(["1", "2", "3"], [{"a": "1"}, {"a": "1", "__tenant_id__": "own"}, {"a": "1"}])
        await eventually(lambda: len(bench.acked) == 1)
    seen = {(push.path, push.headers["X-Scope-OrgID"]): [line for _, line in push.entries] for push in loki.pushes}
    assert seen == {
        ("/a", "by-header"): ["1", "3"],
        ("/b", "by-id"): ["1", "3"],
        ("/a", "own"): ["2"],
        ("/b", "own"): ["2"],
    }


async def test_authentication(loki: Loki, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    arguments = Arguments(
        endpoint=[
            endpoint(loki.url, "/a", basic_auth=BasicAuth(username="u", password=Secret("p:w"))),
            endpoint(loki.url, "/b", bearer_token=Secret("tok")),
            endpoint(loki.url, "/c", authorization=Authorization(type="Custom", credentials=Secret("cr"))),
            endpoint(loki.url, "/d", bearer_token_file=str(tmp_path / "token")),
        ]
    )
    async with running(arguments, tmp_path) as bench:
        await bench.push(["x"])
        await eventually(lambda: len(bench.acked) == 1)
    assert {push.path: push.headers["Authorization"] for push in loki.pushes} == {
        "/a": "Basic dTpwOnc=",
        "/b": "Bearer tok",
        "/c": "Custom cr",
        "/d": "Bearer from-file",
    }


async def test_small_batches_become_one_request(loki: Loki, tmp_path: Path) -> None:
    arguments = Arguments(endpoint=[endpoint(loki.url, batch_wait=Duration.parse("300ms"))])
    async with running(arguments, tmp_path) as bench:
        for number in range(5):
            await bench.push([f"a{number}", f"b{number}"], [{"s": "a"}, {"s": "b"}], mark=number)
        await eventually(lambda: len(bench.acked) == 5)
    (push,) = loki.pushes
    by_stream = defaultdict(list)
    for stream, line in push.entries:
        by_stream[stream].append(line)
    assert by_stream == {'{s="a"}': [f"a{n}" for n in range(5)], '{s="b"}': [f"b{n}" for n in range(5)]}


async def test_a_large_batch_is_split_by_entries(loki: Loki, tmp_path: Path) -> None:
    arguments = Arguments(endpoint=[endpoint(loki.url, batch_size=ByteSize(64))])
    lines = [f"line number {number} " + "y" * 3 * number for number in range(30)]
    async with running(arguments, tmp_path) as bench:
        await bench.push(lines)
        await eventually(lambda: len(bench.acked) == 1)
    assert sorted(loki.lines) == sorted(lines)
    assert all(sum(len(line) for _, line in push.entries) <= 64 or len(push.entries) == 1 for push in loki.pushes)
    assert len(loki.pushes) > 10


async def test_max_streams(loki: Loki, tmp_path: Path) -> None:
    arguments = Arguments(endpoint=[endpoint(loki.url)], max_streams=2)
    async with running(arguments, tmp_path) as bench:
        lines = ["a1", "b1", "c1", "a2", "b2", "d1"]
        await bench.push(lines, [{"s": line[0]} for line in lines])
        await eventually(lambda: len(bench.acked) == 1)
        assert bench.metric("loki_write_dropped_entries_total", reason="stream_limited") == 2
    assert sorted(loki.lines) == ["a1", "a2", "b1", "b2"]


async def test_503_429_500_reset_and_timeout_are_retried(loki: Loki, tmp_path: Path) -> None:
    loki.answers = [*(web.Response(status=status) for status in (503, 429, 500)), "reset", "slow"]
    arguments = Arguments(endpoint=[endpoint(loki.url, tenant_id="m", remote_timeout=Duration.parse("200ms"))])
    async with running(arguments, tmp_path) as bench:
        await bench.push(["x"])
        await eventually(lambda: loki.lines == ["x"])
        await eventually(lambda: bench.metric("loki_write_sent_entries_total", tenant="m") == 1)
        assert bench.metric("loki_write_batch_retries_total", tenant="m") == 5
        assert bench.metric("loki_write_dropped_entries_total", reason="ingester_error", tenant="m") == 0
        assert bench.metric("loki_write_request_duration_seconds_count", status_code="-1") == 2
    assert loki.refused == 5


@pytest.mark.parametrize(
    ("status", "reason", "more"),
    [(400, "ingester_error", {}), (302, "ingester_error", {}), (429, "rate_limited", {"retry_on_http_429": False})],
)
async def test_dropped_at_once_and_counted(
    loki: Loki, tmp_path: Path, status: int, reason: str, more: dict[str, Any]
) -> None:
    loki.answers = [web.Response(status=status, text="no")]
    async with running(Arguments(endpoint=[endpoint(loki.url, **more)]), tmp_path) as bench:
        await bench.push(["x"], mark=1)
        await eventually(lambda: bench.acked == [1])
        await bench.push(["later"], mark=2)
        await eventually(lambda: bench.acked == [1, 2])
        assert bench.metric("loki_write_dropped_entries_total", reason=reason) == 1
        assert (bench.metric("loki_write_dropped_bytes_total", reason=reason) or 0) > 0
        assert bench.metric("loki_write_batch_retries_total") == 0
    assert loki.lines == ["later"]


async def test_retry_after_is_honoured(loki: Loki, tmp_path: Path) -> None:
    loki.answers = [web.Response(status=429, headers={"Retry-After": "1"})]
    async with running(Arguments(endpoint=[endpoint(loki.url)]), tmp_path) as bench:
        begin = asyncio.get_running_loop().time()
        await bench.push(["x"])
        await eventually(lambda: loki.lines == ["x"])
        assert asyncio.get_running_loop().time() - begin >= 1


async def test_without_a_budget_retries_end_as_in_alloy(loki: Loki, tmp_path: Path) -> None:
    loki.answers = [web.Response(status=500) for _ in range(3)]
    async with running(Arguments(endpoint=[endpoint(loki.url, max_backoff_retries=3)]), tmp_path, budget=0) as bench:
        await bench.push(["x"])
        await eventually(lambda: bench.acked == [None])
        assert bench.metric("loki_write_dropped_entries_total", reason="ingester_error") == 1
        assert bench.metric("loki_write_batch_retries_total") == 3
    assert loki.refused == 3 and loki.pushes == []


async def test_outage_survives_a_restart(loki: Loki, tmp_path: Path) -> None:
    loki.answers = [web.Response(status=503) for _ in range(10_000)]
    arguments = Arguments(endpoint=[endpoint(loki.url)])
    async with running(arguments, tmp_path) as bench:
        for number in range(5):
            await bench.push([f"l{number}"], mark=number)
        await eventually(lambda: len(bench.acked) == 5)
    loki.answers = []
    async with running(arguments, tmp_path) as bench:
        await eventually(lambda: len(loki.lines) >= 5)
    assert set(loki.lines) == {f"l{number}" for number in range(5)}


async def test_one_dead_endpoint_delays_no_other(loki: Loki, tmp_path: Path) -> None:
    dead = endpoint("http://127.0.0.1:9", queue_config=QueueConfig(capacity=ByteSize(100)))
    async with running(Arguments(endpoint=[dead, endpoint(loki.url)]), tmp_path) as bench:
        for number in range(20):
            async with asyncio.timeout(5):
                await bench.push([f"l{number}"], mark=number)
        await eventually(lambda: len(loki.lines) == 20)
        await eventually(lambda: len(bench.acked) == 20)


async def test_wal_writes_through(loki: Loki, tmp_path: Path) -> None:
    arguments = Arguments(
        endpoint=[endpoint(loki.url, name="main/1", remote_timeout=Duration.parse("1s"))],
        wal=WalArguments(enabled=True),
    )
    loki.answers = ["slow"]
    async with running(arguments, tmp_path) as bench:
        await bench.push(["x"])
        await eventually(lambda: bench.acked == [None])
        assert loki.lines == []
        assert list((tmp_path / "spool" / "main%2F1").glob("*.spool"))
        await bench.push(["y"])
        await eventually(lambda: loki.lines == ["x", "y"])


async def test_stop_flushes_what_is_gathered(loki: Loki, tmp_path: Path) -> None:
    async with running(Arguments(endpoint=[endpoint(loki.url, batch_wait=Duration.parse("30s"))]), tmp_path) as bench:
        await bench.push(["a", "b"])
    assert loki.lines == ["a", "b"] and bench.acked == [None]


async def test_update_keeps_equal_endpoints_and_drains_others(loki: Loki, tmp_path: Path) -> None:
    keep, old = endpoint(loki.url, "/keep"), endpoint(loki.url, "/old", batch_wait=Duration.parse("30s"))
    async with running(Arguments(endpoint=[keep, old]), tmp_path) as bench:
        kept = bench.write._endpoints[0]
        await bench.push(["one"], mark=1)
        await bench.write.update(Arguments(endpoint=[keep, endpoint(loki.url, "/new")], external_labels={"x": "1"}))
        assert bench.write._endpoints[0] is kept
        await bench.push(["two"], mark=2)
        await eventually(lambda: sorted(bench.acked, key=str) == [1, 2])
    seen = {(push.path, *entry) for push in loki.pushes for entry in push.entries}
    assert seen == {
        ("/keep", '{job="t"}', "one"),
        ("/old", '{job="t"}', "one"),
        ("/keep", '{job="t", x="1"}', "two"),
        ("/new", '{job="t", x="1"}', "two"),
    }


async def test_a_batch_stays_together_where_it_fits(loki: Loki, tmp_path: Path) -> None:
    """Nothing of it is on its way while the rest waits: a kill would repeat what has arrived."""
    gathered = endpoint(loki.url, batch_wait=Duration.parse("30s"), batch_size=ByteSize(100))
    async with running(Arguments(endpoint=[gathered]), tmp_path) as bench:
        await bench.push(["a" * 60], mark=1)
        await bench.push(["b" * 30, "c" * 30], mark=2)
        await eventually(lambda: bench.acked == [1])
        assert [len(push.entries) for push in loki.pushes] == [1]
        await bench.push(["d" * 60, "e" * 60, "f" * 10], mark=3)
        await eventually(lambda: sorted(bench.acked, key=str) == [1, 2, 3])
        assert sorted(len(push.entries) for push in loki.pushes) == [1, 1, 2, 2]


async def test_an_endpoint_inherits_the_spool_of_the_one_it_replaces(loki: Loki, tmp_path: Path) -> None:
    wrong = endpoint("http://127.0.0.1:9", queue_config=QueueConfig(capacity=ByteSize(10)))
    async with running(Arguments(endpoint=[wrong]), tmp_path) as bench:
        await bench.push(["one"], mark=1)
        await eventually(lambda: bench.acked == [1])
        await bench.write.update(Arguments(endpoint=[endpoint(loki.url, name="right")]))
        await eventually(lambda: loki.lines == ["one"])
    loki.answers = [web.Response(status=503) for _ in range(1000)]
    async with running(Arguments(endpoint=[endpoint(loki.url, name="right")]), tmp_path) as bench:
        await bench.push(["two"], mark=2)
        await eventually(lambda: bench.acked == [2])
    loki.answers = []
    async with running(Arguments(endpoint=[endpoint(loki.url, name="other")]), tmp_path):
        await eventually(lambda: loki.lines == ["one", "two"])


async def test_a_spool_that_could_go_to_two_endpoints_goes_to_none(
    loki: Loki, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = endpoint("http://127.0.0.1:9", queue_config=QueueConfig(capacity=ByteSize(10)))
    async with running(Arguments(endpoint=[wrong]), tmp_path) as bench:
        await bench.push(["one"], mark=1)
        await eventually(lambda: bench.acked == [1])
    async with running(Arguments(endpoint=[endpoint(loki.url, "/a"), endpoint(loki.url, "/b")]), tmp_path) as bench:
        await bench.push(["two"], mark=2)
        await eventually(lambda: bench.acked == [2])
    assert loki.lines == ["two", "two"]
    assert "belongs to no endpoint" in caplog.text


async def test_every_endpoint_has_a_health_of_its_own(loki: Loki, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "bad").write_text("in the way")
    endpoints = [endpoint(loki.url, "/a", name="bad"), endpoint(loki.url, "/b", name="good")]
    async with running(Arguments(endpoint=endpoints), tmp_path) as bench:
        await eventually(lambda: bool(bench.health))
        assert bench.health[-1][0] == "unhealthy"
        assert "`bad`" in bench.health[-1][1]
        bench.write._endpoints[1]._trouble("full")
        bench.write._endpoints[1]._trouble(None)
        assert bench.health[-1][0] == "unhealthy"
        await bench.push(["one"])
        await eventually(lambda: loki.lines == ["one", "one"])


async def test_empty_batch_is_acknowledged(loki: Loki, tmp_path: Path) -> None:
    async with running(Arguments(endpoint=[endpoint(loki.url)]), tmp_path) as bench:
        await bench.push([])
        assert bench.acked == [None]


URL = "http://h/loki/api/v1/push"


@pytest.mark.parametrize(
    ("arguments", "attribute", "text"),
    [
        (Arguments(), None, "at least one"),
        (Arguments(endpoint=[EndpointOptions(url=URL)] * 2), "endpoint[1]", "twice"),
        (
            Arguments(endpoint=[EndpointOptions(url=URL, name="n"), EndpointOptions(url=URL + "2", name="n")]),
            "endpoint[1].name",
            "`n`",
        ),
        (Arguments(endpoint=[EndpointOptions(url="loki:3100")]), "endpoint[0].url", "`loki:3100`"),
        (
            Arguments(
                endpoint=[EndpointOptions(url=URL, bearer_token=Secret("x"), basic_auth=BasicAuth(username="u"))]
            ),
            "endpoint[0].bearer_token",
            "exclude each other",
        ),
        (Arguments(endpoint=[EndpointOptions(url=URL, batch_wait=Duration(0))]), "endpoint[0].batch_wait", "above 0"),
        (
            Arguments(
                endpoint=[EndpointOptions(url=URL)],
                wal=WalArguments(enabled=True, min_read_frequency=Duration.parse("2s")),
            ),
            "wal.min_read_frequency",
            "below",
        ),
    ],
)
def test_refused_arguments(tmp_path: Path, arguments: Arguments, attribute: str | None, text: str) -> None:
    with pytest.raises(ComponentError, match=text.replace("[", "\\[")) as caught:
        Write(make_options(tmp_path)[0], arguments)
    assert caught.value.attribute == attribute
    assert "\n" not in str(caught.value) and not str(caught.value).endswith(".")
