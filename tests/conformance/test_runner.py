"""The runner itself, against an agent whose behaviour is known."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from typing import Any

import msgspec
import pytest

from tests.conformance.case import HERE, Case
from tests.conformance.runner import run_case

FAKE = f"{shlex.quote(sys.executable)} {shlex.quote(str(HERE / 'fake_agent.py'))}"
TAIL = {"url": "${SINK}/loki/api/v1/push", "file": "${DIR}/in.log"}
QUICK = {"seconds": 10, "settle": 0.1}


def record(line: str, **more: Any) -> dict[str, Any]:
    log = {
        "k": "log",
        "tenant": "t",
        "labels": {"filename": "${DIR}/in.log"},
        "ts": 1700000000000000000,
        "line": line,
        "meta": {},
    }
    return {**log, **more}


def case(config: dict[str, Any], expect: dict[str, Any], **keys: Any) -> Case:
    raw = {
        "name": "n",
        "about": "a",
        "config": json.dumps(config),
        "expect": {"records": [], **expect},
        "wait": QUICK,
        **keys,
    }
    return msgspec.convert(raw, Case)


async def run(tested: Case) -> list[str]:
    return await run_case(tested, asyncio.Semaphore(1), FAKE)


async def test_equal_records_are_no_difference_in_any_order() -> None:
    expect = {"records": [record("two"), record("one")]}
    assert await run(case(TAIL, expect, files={"in.log": "one\ntwo\n"}, wait={**QUICK, "records": 2})) == []


async def test_missing_and_unexpected_records_are_named() -> None:
    expect = {"records": [record("one"), record("one")]}
    found = await run(case(TAIL, expect, files={"in.log": "one\nother\n"}, wait={**QUICK, "records": 2}))
    assert [line.split()[0] for line in found[:2]] == ["missing", "unexpected"]
    assert '"line": "other"' in found[1]


@pytest.mark.parametrize(
    ("exit_code", "expected", "same"), [(1, 1, True), (2, 1, True), (0, None, True), (1, None, False)]
)
async def test_only_failure_counts_of_an_exit_code(exit_code: int, expected: int | None, same: bool) -> None:
    found = await run(case({"exit": exit_code}, {"exit": expected}))
    assert (found == []) == same
    assert same or "told to end" in found[-1]


async def test_steps_and_a_restart() -> None:
    steps = [
        {"after": 0.1, "append": {"in.log": "two\n"}},
        {"after": 0.4, "stop": True, "write": {"in.log": "3\n"}, "start": True},
    ]
    # SIGTERM ends the stand-in at once, and its position with it.
    expect = {"records": [record("one"), record("two"), record("3")]}
    assert await run(case(TAIL, expect, files={"in.log": "one\n"}, then=steps, wait={**QUICK, "records": 3})) == []


async def test_the_first_deliveries_are_answered_as_told_and_what_came_is_captured() -> None:
    refused = {"k": "refused", "path": "/loki/api/v1/push", "status": 503}
    seen = record("one", path="/loki/api/v1/push", headers={"X-Scope-OrgID": "t", "X-No": None})
    keys = {"sink_status": [503], "capture": ["path", "X-Scope-OrgID", "X-No"], "wait": {**QUICK, "records": 2}}
    assert await run(case(TAIL, {"records": [refused, seen]}, files={"in.log": "one\n"}, **keys)) == []


async def test_exports_health_metrics_and_snapshots() -> None:
    targets = {
        "type": "array",
        "value": [{"type": "object", "value": [{"key": "__path__", "value": {"type": "string", "value": "${DIR}/x"}}]}],
    }
    component = {"exports": [{"name": "output", "type": "attr", "value": targets}], "health": {"state": "healthy"}}
    plain = {"output": [{"__path__": "${DIR}/x"}]}
    exports = {
        "a.b": plain,
        "a.b#health": "healthy",
        "early/a.b": plain,
        "early/a.b#health": "healthy",
        "/metrics": [["x_total", {"path": "${DIR}/in.log"}, "2.0"]],
    }
    tested = case(
        {"components": {"a.b": component}, "metrics": 'x_total{path="${DIR}/in.log"} 2\ny_total 1\n'},
        {"exports": exports},
        exports=["a.b"],
        health=True,
        metrics=["x_.*"],
        then=[{"snapshot": "early"}],
        wait={"seconds": 0.2},
    )
    assert await run(tested) == []


async def test_requests_are_sent_with_the_time_and_their_answers_compared() -> None:
    request = {"url": "http://127.0.0.1:${PORT_A}/", "json": {"at": "${NOW_NS-1}"}}
    answer = {"status": 200, "type": "application/json", "body": {"got": '{"at": "T"}'}}
    keys = {"responses": True, "mask": [[r"\d{19}", "T"]], "wait": {"seconds": 0.1}}
    tested = case({"listen": "127.0.0.1:${PORT_A}"}, {"responses": [answer]}, send=[request], **keys)
    assert await run(tested) == []


async def test_pages_change_from_request_to_request() -> None:
    requests = [{"url": "http://${WEB}/p", "method": "GET"}] * 3 + [{"url": "http://${WEB}/no", "method": "GET"}]
    answers = [{"status": 200, "type": "text/x", "body": text} for text in ("one", "two", "two")]
    missing = {"status": 404, "type": ""}
    tested = case(
        {},
        {"responses": [*answers, missing]},
        pages={"/p": {"bodies": ["one", "two"], "content_type": "text/x"}},
        send=requests,
        responses="status",
        wait={"seconds": 0.1},
    )
    assert await run(tested) == []
