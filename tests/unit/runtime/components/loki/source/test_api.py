"""loki.source.api, over real connections on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import snappy

from compiler.evaluate.types import ByteSize, Duration
from runtime.component import ComponentError, HealthState
from runtime.components.loki.source import api
from runtime.components.loki.source.api import Api, Arguments
from runtime.http.server import ServerArguments
from runtime.relabel import Rule, Rules
from runtime.signals.columns import Coded, text_of
from runtime.signals.logs import LogBatch
from runtime.wire.loki import PushRequest
from tests.unit.runtime.components.harness import Collector, Desk, running, until

PUSH, RAW = "/loki/api/v1/push", "/loki/api/v1/raw"
NOW = 60 * 10**9


def http(**changes: Any) -> ServerArguments:
    return ServerArguments(listen_address="127.0.0.1", **{"listen_port": 0, **changes})


def in_json(*streams: tuple[Mapping[str, str], list[list[Any]]]) -> bytes:
    return json.dumps({"streams": [{"stream": labels, "values": values} for labels, values in streams]}).encode()


def protobuf(*streams: tuple[str, bytes]) -> bytes:
    request = PushRequest()
    for labels, line in streams:
        entry = request.streams.add(labels=labels).entries.add(line=line)
        entry.timestamp.seconds = 7
        entry.structured_metadata.add(name=b"trace", value=b"1")
    data: bytes = snappy.compress(request.SerializeToString())
    return data


ONE = in_json(({"app": "a"}, [["5", "x"]]))


class Served:
    """A component at work, and a client of it."""

    def __init__(self, desk: Desk, component: Api, client: aiohttp.ClientSession) -> None:
        self.desk, self.component, self.client = desk, component, client

    @property
    def url(self) -> str:
        return f"http://{self.component.debug_info()['address']}"

    async def post(self, body: bytes = ONE, path: str = PUSH, **headers: str) -> tuple[int, str]:
        """Header names have underscores here."""
        sent = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        async with self.client.post(self.url + path, data=body, headers=sent) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def served(folder: Path, sink: Any, orderly: bool = True, **arguments: Any) -> AsyncIterator[Served]:
    desk = Desk(folder, "loki.source.api.in")
    component = Api(desk.options(), Arguments(**{"forward_to": [sink], "http": http(), **arguments}))
    async with aiohttp.ClientSession() as client, running(component, orderly):
        await until(lambda: component.debug_info()["address"])
        yield Served(desk, component, client)


def metadata(batch: LogBatch) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = [{} for _ in range(len(batch))]
    for name, column in batch.metadata.items():
        assert isinstance(column, Coded)
        for place, code in enumerate(column.codes):
            if code >= 0:
                found[place][name] = text_of(column.values[code])
    return found


# What is taken


@pytest.mark.parametrize("path", ["/loki/api/v1/push", "/api/v1/push"])
async def test_json_with_its_times_and_metadata(tmp_path: Path, path: str) -> None:
    body = in_json(({"app": "a"}, [["5", "x", {"k": "v"}], ["6", "é"]]), ({"app": "b"}, [["7", "y", {"l": "w"}]]))
    sink = Collector()
    async with served(tmp_path, sink, use_incoming_timestamp=True) as it:
        assert await it.post(body, path) == (204, "")
    assert sink.entries == [({"app": "a"}, "x"), ({"app": "a"}, "é"), ({"app": "b"}, "y")]
    (batch,) = sink.batches
    assert batch.timestamp.tolist() == [5, 6, 7]
    assert metadata(batch) == [{"k": "v"}, {}, {"l": "w"}]


async def test_protobuf_with_lines_that_are_no_text(tmp_path: Path) -> None:
    sink = Collector()
    async with served(tmp_path, sink, use_incoming_timestamp=True) as it:
        body = protobuf(('{app="a"}', b"\xff"), ('{app="b"}', b""))
        assert (await it.post(body, Content_Type="application/x-protobuf"))[0] == 204
    assert sink.entries == [({"app": "a"}, "\udcff"), ({"app": "b"}, "")]
    assert sink.batches[0].timestamp.tolist() == [7 * 10**9] * 2
    assert metadata(sink.batches[0]) == [{"trace": "1"}] * 2


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_packed_bodies(tmp_path: Path, encoding: str, pack: Any) -> None:
    sink = Collector()
    async with served(tmp_path, sink) as it:
        assert (await it.post(pack(ONE), Content_Encoding=encoding))[0] == 204
        assert (await it.post(pack(b"plain"), RAW, Content_Encoding=encoding))[0] == 204
    assert sink.lines == ["x", "plain"]


async def test_without_times_of_its_own_an_entry_has_that_of_its_arrival(tmp_path: Path) -> None:
    sink = Collector()
    async with served(tmp_path, sink) as it:
        await it.post(in_json(({"app": "a"}, [["5", "x"], ["5", "x"]])))
    first, second = sink.batches[0].timestamp.tolist()
    assert abs(first - time.time_ns()) < NOW
    assert second == first + 1


@pytest.mark.parametrize("path", ["/loki/api/v1/raw", "/api/v1/raw"])
async def test_plain_lines_have_the_labels_of_the_component_alone(tmp_path: Path, path: str) -> None:
    sink = Collector()
    rules = Rules([Rule(target_label="ruled", replacement="1")])
    async with served(tmp_path, sink, labels={"from": "here"}, relabel_rules=rules, use_incoming_timestamp=True) as it:
        assert (await it.post(b"one\r\n\n two \nthree", path, Content_Type="text/plain", X_Scope_OrgID="t"))[0] == 204
    assert sink.entries == [({"from": "here"}, "one"), ({"from": "here"}, " two "), ({"from": "here"}, "three")]
    assert abs(sink.batches[0].timestamp[0] - time.time_ns()) < NOW


async def test_labels_then_rules_then_the_tenant(tmp_path: Path) -> None:
    sink = Collector()
    rules = Rules(
        [
            Rule(source_labels=["app"], regex="drop.*", action="drop"),
            Rule(source_labels=["__meta"], target_label="meta"),
            Rule(source_labels=["from"], target_label="seen"),
        ]
    )
    body = in_json(
        ({"app": "a", "__meta": "m", "from": "client", "__tenant_id__": "theirs"}, [["5", "kept"]]),
        ({"app": "drop me"}, [["5", "1"], ["6", "2"]]),
    )
    async with served(tmp_path, sink, labels={"from": "here"}, relabel_rules=rules) as it:
        assert (await it.post(body, X_Scope_OrgID="ours"))[0] == 204
        assert it.desk.account.dropped == {"relabel": 2}
    labels = {"app": "a", "meta": "m", "from": "here", "seen": "here", "__tenant_id__": "ours"}
    assert sink.entries == [(labels, "kept")]


async def test_entries_without_labels_are_dropped(tmp_path: Path) -> None:
    sink = Collector()
    async with served(tmp_path, sink) as it:
        assert (await it.post(in_json(({}, [["5", "x"]]))))[0] == 204
        assert it.desk.account.dropped == {"relabel": 1}
    assert sink.lines == []


async def test_ready(tmp_path: Path) -> None:
    async with served(tmp_path, Collector()) as it, it.client.get(f"{it.url}/ready") as answer:
        assert (answer.status, await answer.text()) == (200, "ready")


# What is refused


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"{", {}, "no push request in JSON"),
        (b"abc", {"Content_Type": "application/x-protobuf"}, "no snappy block"),
        (b"abc", {"Content_Encoding": "br"}, "`br` is not supported"),
        (in_json(({"a": "b"}, [["never", "x"]])), {}, "`never` is no number of nanoseconds"),
    ],
)
async def test_malformed_is_400_and_says_why(tmp_path: Path, body: bytes, headers: dict[str, str], reason: str) -> None:
    sink = Collector()
    async with served(tmp_path, sink) as it:
        status, text = await it.post(body, **headers)
        assert status == 400
        assert reason in text
        assert (await it.post())[0] == 204
    assert sink.lines == ["x"]


async def test_a_stream_that_cannot_be_read_does_not_keep_the_others(tmp_path: Path) -> None:
    sink = Collector()
    async with served(tmp_path, sink) as it:
        body = protobuf(("{a=1}", b"lost"), ('{b="2"}', b"taken"))
        status, text = await it.post(body, Content_Type="application/x-protobuf")
        assert status == 400
        assert "stream labels `{a=1}`" in text
    assert sink.lines == ["taken"]


async def test_too_much_is_413(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 500

    sink = Collector()
    async with served(tmp_path, sink, max_send_message_size=ByteSize(1000)) as it:
        for body, encoding in ((b"x" * 1001, ""), (gzip.compress(b"x" * 1001), "gzip")):
            status, text = await it.post(body, RAW, Content_Encoding=encoding)
            assert (status, "larger than 1000 bytes" in text) == (413, True)
        async with it.client.post(it.url + RAW, data=endless()) as answer:
            assert answer.status == 413
        assert (await it.post(b"x" * 1000, RAW))[0] == 204
    assert len(sink.lines) == 1


async def test_too_many_names_of_metadata_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.components.loki.source._push_batch._CELLS", 3)
    async with served(tmp_path, Collector()) as it:
        status, text = await it.post(in_json(({"a": "b"}, [["5", "x", {"k": ""}], ["5", "x", {"l": ""}]])))
        assert (status, "2 entries with 2 names" in text) == (400, True)


# When it is answered


async def test_a_client_waits_until_every_destination_owns_it(tmp_path: Path) -> None:
    first, second = Collector(hold=True), Collector(hold=True)
    async with served(tmp_path, first, forward_to=[first, second]) as it:
        answer = asyncio.create_task(it.post())
        await until(lambda: first.batches and second.batches)
        first.batches[0].delivery.done()
        await asyncio.sleep(0.05)
        assert not answer.done()
        second.batches[0].delivery.done()
        assert (await answer)[0] == 204


async def test_a_client_that_waited_too_long_is_503_and_may_send_again(tmp_path: Path) -> None:
    sink = Collector(hold=True)
    async with served(tmp_path, sink, http=http(server_write_timeout=Duration.parse("100ms"))) as it:
        assert (await it.post())[0] == 503
        sink.hold = False
        assert (await it.post())[0] == 204
        sink.batches[0].delivery.done()
    assert sink.lines == ["x", "x"]


class Blocked(Collector):
    """Takes nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def push(self, batch: LogBatch) -> None:
        await self.free.wait()
        await super().push(batch)


async def test_nothing_is_kept_of_what_was_not_handed_over(tmp_path: Path) -> None:
    sink = Blocked()
    async with served(tmp_path, sink, http=http(server_write_timeout=Duration.parse("100ms"))) as it:
        assert (await it.post())[0] == 503
        assert it.desk.account.returned == 1
        assert it.component._batches.held == it.component._bodies.held == 0
    assert sink.lines == []


async def test_memory_is_bounded_and_who_waits_is_served_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "_BATCHES", 2500)
    monkeypatch.setattr(api, "_BODIES", 2500)
    sink = Collector(hold=True)
    async with served(tmp_path, sink) as it:
        answers = [asyncio.create_task(it.post(b"x" * 1000, RAW)) for _ in range(10)]
        await until(lambda: len(sink.batches) == 2)
        await asyncio.sleep(0.05)
        assert len(sink.batches) == 2
        assert it.component._bodies.held <= 2500
        while not all(answer.done() for answer in answers):
            for batch in sink.batches:
                batch.delivery.done()
            sink.batches.clear()
            await asyncio.sleep(0.005)
        assert [status for status, _ in await asyncio.gather(*answers)] == [204] * 10


async def test_a_body_that_does_not_come_is_503_and_one_that_breaks_off_is_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Collector()
    async with served(tmp_path, sink, http=http(server_read_timeout=Duration.parse("100ms"))) as it:
        host, port = str(it.component.debug_info()["address"]).split(":")
        head = b"POST /loki/api/v1/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head)
        assert (await reader.readline()).startswith(b"HTTP/1.1 503")
        writer.close()
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(head)
        await until(lambda: it.component._bodies.held)
        writer.close()
        await until(lambda: not it.component._bodies.held)
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"no HTTP\r\n\r\n")
        assert b" 400 " in await reader.readline()
        writer.close()
        assert (await it.post())[0] == 204
    assert caplog.records == []
    assert sink.lines == ["x"]


async def test_a_stop_answers_who_waits(tmp_path: Path) -> None:
    owned, never = Collector(hold=True), Collector(hold=True)
    async with served(tmp_path, owned) as it:
        waiting = asyncio.create_task(it.post())
        await until(lambda: owned.batches)
        stopping = asyncio.create_task(it.component.drain())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        owned.batches[0].delivery.done()
        await stopping
        assert (await waiting)[0] == 204
    async with served(tmp_path, never, graceful_shutdown_timeout=Duration.parse("50ms")) as it:
        waiting = asyncio.create_task(it.post())
        await until(lambda: never.batches)
    assert (await waiting)[0] == 503


# The server


async def test_a_port_in_use_is_the_components_health_and_tried_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        component = Api(desk.options(), Arguments(forward_to=[], http=http(listen_port=port)))
        async with running(component):
            await until(lambda: desk.health)
            assert desk.health == [
                (HealthState.UNHEALTHY, f"cannot listen on `127.0.0.1:{port}`: address already in use")
            ]
            other.close()
            await until(lambda: desk.health[-1][0] == HealthState.HEALTHY)
            assert desk.health[-1][1] == f"listening on 127.0.0.1:{port}"


async def test_a_port_in_use_is_left_for_another_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        component = Api(desk.options(), Arguments(forward_to=[], http=http(listen_port=other.getsockname()[1])))
        async with running(component):
            await until(lambda: desk.health)
            await component.update(Arguments(forward_to=[], http=http()))
            await until(lambda: desk.health[-1][0] == HealthState.HEALTHY)


async def test_new_arguments_move_the_server_only_when_they_must(tmp_path: Path) -> None:
    first, second = Collector(), Collector()
    async with served(tmp_path, first) as it:
        await it.post()
        before = it.url
        await it.component.update(Arguments(forward_to=[second], http=http(), labels={"new": "1"}))
        await it.post()
        assert it.url == before
        await it.component.update(Arguments(forward_to=[second], http=http(server_idle_timeout=Duration.parse("3m"))))
        await until(lambda: it.url not in (before, "http://"))
        assert (await it.post())[0] == 204
        with pytest.raises(aiohttp.ClientConnectionError):
            await it.client.get(f"{before}/ready")
    assert (len(first.lines), len(second.lines)) == (1, 2)


async def test_metrics_by_alloys_names(tmp_path: Path) -> None:
    async with served(tmp_path, Collector()) as it:
        await it.post()
        await it.post(b"{")
        registry = it.component.options.metrics
        route = {"method": "POST", "route": "loki_api_v1_push"}

        def sample(name: str, **labels: str) -> float | None:
            return registry.get_sample_value(f"loki_source_api_{name}", labels)

        for status in ("204", "400"):
            assert sample("request_duration_seconds_count", **route, status_code=status, ws="false") == 1
        assert sample("request_message_bytes_sum", **route) == len(ONE) + 1
        assert sample("response_message_bytes_count", **route) == 2
        assert sample("inflight_requests", **route) == 0
        assert sample("tcp_connections", protocol="http") == 1


@pytest.mark.parametrize(
    ("arguments", "attribute"),
    [
        ({"http": http(listen_port=70000)}, "http.listen_port"),
        ({"http": http(listen_port=-1)}, "http.listen_port"),
        ({"http": http(server_read_timeout=Duration(-1))}, "http.server_read_timeout"),
        ({"max_send_message_size": ByteSize(0)}, "max_send_message_size"),
        ({"graceful_shutdown_timeout": Duration(-1)}, "graceful_shutdown_timeout"),
    ],
)
def test_arguments_that_cannot_work(tmp_path: Path, arguments: dict[str, Any], attribute: str) -> None:
    with pytest.raises(ComponentError) as refused:
        Api(Desk(tmp_path).options(), Arguments(forward_to=[], **arguments))
    assert refused.value.attribute == attribute
