from __future__ import annotations

import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import snappy

from kmon.sink import Backend, Faults, Server
from kmon.sink.window import Window
from runtime.wire.loki import PushRequest

NOW = time.time_ns() // 10**9 * 10**9


class Client:
    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def get(self, path: str, **keys: Any) -> Any:
        async with self._session.get(self._url + path, **keys) as answer:
            text = await answer.text()
            return json.loads(text) if answer.content_type == "application/json" else (answer.status, text)

    async def push(self, values: list[Any], tenant: str = "", **labels: str) -> int:
        body = {"streams": [{"stream": labels, "values": values}]}
        headers = {"X-Scope-OrgID": tenant} if tenant else {}
        async with self._session.post(f"{self._url}/loki/api/v1/push", json=body, headers=headers) as answer:
            return answer.status

    async def push_raw(self, body: bytes) -> tuple[int, str]:
        async with self._session.post(f"{self._url}/loki/api/v1/push", data=body) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def serving(backend: Backend) -> AsyncIterator[Client]:
    async with Server(backend) as server, aiohttp.ClientSession() as session:
        yield Client(server.url, session)


async def test_what_is_pushed_is_found_by_a_query() -> None:
    async with serving(Backend()) as client:
        assert await client.push([[str(NOW + 1), "one"], [str(NOW + 3), "three", {"id": "7"}]], app="a") == 204
        assert await client.push([[str(NOW + 2), "two"]], app="b") == 204
        query = "/loki/api/v1/query_range"
        assert await client.get(query, params={"query": '{app=~"a|b"}', "limit": "2"}) == {
            "status": "success",
            "data": {
                "resultType": "streams",
                "result": [
                    {"stream": {"app": "a", "id": "7"}, "values": [[str(NOW + 3), "three"]]},
                    {"stream": {"app": "b"}, "values": [[str(NOW + 2), "two"]]},
                ],
                "stats": {},
            },
        }
        forward = await client.get(query, params={"query": '{app="a"} != "three"', "direction": "forward"})
        assert forward["data"]["result"] == [{"stream": {"app": "a"}, "values": [[str(NOW + 1), "one"]]}]
        ranged = await client.get(query, params={"query": "{}", "start": str(NOW + 2), "end": str(NOW + 3)})
        assert [stream["values"][0][1] for stream in ranged["data"]["result"]] == ["two"]
        flags = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
        apart = await client.get(query, params={"query": '{app="a"} |= "three"'}, headers=flags)
        assert apart["data"]["encodingFlags"] == ["categorize-labels"]
        assert apart["data"]["result"][0]["values"] == [[str(NOW + 3), "three", {"structuredMetadata": {"id": "7"}}]]


async def test_labels_values_and_series_by_tenant() -> None:
    async with serving(Backend()) as client:
        await client.push([[str(NOW), "x"]], "one", app="a", zone="z")
        await client.push([[str(NOW), "x"]], "two", app="b")
        assert (await client.get("/loki/api/v1/labels"))["data"] == ["app", "zone"]
        assert (await client.get("/loki/api/v1/labels", headers={"X-Scope-OrgID": "two"}))["data"] == ["app"]
        assert (await client.get("/loki/api/v1/label/app/values"))["data"] == ["a", "b"]
        assert (await client.get("/loki/api/v1/label/app/values", params={"query": '{zone="z"}'}))["data"] == ["a"]
        assert (await client.get("/loki/api/v1/series", params={"match[]": '{app="b"}'}))["data"] == [{"app": "b"}]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "`query` is missing"),
        ({"query": "{a"}, "expected `=`"),
        ({"query": "{}", "limit": "0"}, "`limit` is `0`"),
        ({"query": "{}", "start": "yesterday"}, "`start` is `yesterday`"),
        ({"query": "{}", "since": "long"}, "`since`: `long` is no duration"),
        ({"query": "{}", "direction": "up"}, "`direction` is `up`"),
    ],
)
async def test_a_query_that_cannot_be_answered_says_why(parameters: dict[str, str], reason: str) -> None:
    async with serving(Backend()) as client:
        status, text = await client.get("/loki/api/v1/query_range", params=parameters)
        assert status == 400
        assert reason in text


async def test_a_full_window_says_so() -> None:
    async with serving(Backend(Window(max_entries=1))) as client:
        await client.push([[str(NOW), "x"], [str(NOW), "y"]], app="a")
        found = await client.get("/loki/api/v1/query_range", params={"query": "{}"})
        assert found["warnings"] == ["the window is full: the oldest 1 entries are gone"]
        assert (await client.get("/stats"))["window"]["forgotten"] == 1


async def test_malformed_deliveries_are_refused_and_counted() -> None:
    backend = Backend()
    async with serving(backend) as client:
        status, text = await client.push_raw(b"nonsense")
    assert (status, backend.counts.rejected, backend.counts.records) == (400, 1, 0)
    assert "snappy" in text


async def test_records_are_written_before_the_answer() -> None:
    out = io.StringIO()
    async with serving(Backend(out=out)) as client:
        await client.push([["5", "é", {"m": "1"}]], "t", app="a")
        record = {"k": "log", "tenant": "t", "labels": {"app": "a"}, "ts": 5, "line": "é", "meta": {"m": "1"}}
        assert [json.loads(line) for line in out.getvalue().splitlines()] == [record]


async def test_counting_keeps_nothing() -> None:
    request = PushRequest()
    stream = request.streams.add(labels="{}")
    for _ in range(3):
        stream.entries.add(line=b"x")
    backend = Backend(count_only=True)
    async with serving(backend) as client:
        assert (await client.push_raw(snappy.compress(request.SerializeToString())))[0] == 204
        stats = await client.get("/stats")
    assert (stats["records"], stats["requests"], stats["window"]["entries"]) == (3, 1, 0)


async def test_faults_refuse_deliveries_but_not_questions() -> None:
    backend = Backend(faults=Faults(fail=1.0, seed=3))
    async with serving(backend) as client:
        seen = set()
        for _ in range(20):
            try:
                seen.add(await client.push([["5", "x"]], app="a"))
            except aiohttp.ClientConnectionError:
                seen.add(0)
        assert seen == {0, 503}
        assert await client.get("/ready") == (200, "ready\n")
        faults = (await client.get("/stats"))["faults"]
    assert backend.counts.records == 0
    assert faults["503"] + faults["reset"] == backend.counts.requests


async def test_the_page_is_one_file_without_outer_resources() -> None:
    async with serving(Backend()) as client:
        await client.push([["5", "x" * 5000, {"m": "1"}]], app="a")
        status, html = await client.get("/")
        live = await client.get("/api/live?after=0")
    assert status == 200
    assert "src=" not in html
    assert "@import" not in html
    assert "https://" not in html
    assert [stream["entries"] for stream in live["streams"]] == [1]
    assert (live["lines"][0]["cut"], live["lines"][0]["meta"], live["last"]) == (1000, {"m": "1"}, 1)
