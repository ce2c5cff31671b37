"""discovery.http against a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration, Secret
from runtime.component import ComponentError
from runtime.components.discovery.http import Arguments, Http
from tests.unit.runtime.components.harness import Desk, running, until
from tests.unit.runtime.components.serving import Pages, serving

QUICK = Duration.parse("30ms")
GOOD = '[{"targets": ["a:1", "b:1"], "labels": {"env": "x"}}, {"targets": ["c:1"]}]'


def addresses(desk: Desk) -> list[str]:
    return [target["__address__"] for target in desk.exports[-1].targets]


async def test_groups_become_targets(tmp_path: Path) -> None:
    async with serving() as pages:
        pages.text, desk = GOOD, Desk(tmp_path)
        component = Http(desk.options(), Arguments(url=f"{pages.url}?a=b", bearer_token=Secret("t")))
        assert addresses(desk) == []
        async with running(component):
            await until(lambda: len(desk.health) > 1)
        assert desk.health[0] == ("unknown", "waits for the first answer")
        url = f"{pages.url}?a=b"
        assert [dict(target) for target in desk.exports[-1].targets] == [
            {"__address__": "a:1", "env": "x", "__meta_url": url},
            {"__address__": "b:1", "env": "x", "__meta_url": url},
            {"__address__": "c:1", "__meta_url": url},
        ]
        headers = pages.requests[0].headers
        assert headers["X-Prometheus-Refresh-Interval-Seconds"] == "60"
        assert (headers["Accept"], headers["Authorization"]) == ("application/json", "Bearer t")
        assert desk.health[-1] == ("healthy", "3 targets")


def _status(pages: Pages) -> None:
    pages.status = 503


def _content_type(pages: Pages) -> None:
    pages.content_type = "text/plain; charset=utf-8"


def _truncated(pages: Pages) -> None:
    pages.text = "[{"


def _object(pages: Pages) -> None:
    pages.text = '{"targets": []}'


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_status, "the server answered 503 Service Unavailable: `{url}`"),
        (
            _content_type,
            "the answer has content type `text/plain; charset=utf-8`, expected `application/json`: `{url}`",
        ),
        (_truncated, "no JSON list of target groups: Input data was truncated: `{url}`"),
        (_object, "no JSON list of target groups: Expected `array | null`, got `object`: `{url}`"),
    ],
)
async def test_a_bad_answer_keeps_the_targets(tmp_path: Path, spoil: Any, reason: str) -> None:
    async with serving() as pages:
        pages.text, pages.content_type, desk = GOOD, 'Application/JSON;charset="UTF-8"', Desk(tmp_path)
        async with running(Http(desk.options(), Arguments(url=pages.url, refresh_interval=QUICK))):
            await until(lambda: len(desk.exports) > 1)
            spoil(pages)
            await until(lambda: desk.health[-1][0] == "unhealthy")
            assert desk.health[-1][1] == f"3 targets; {reason.format(url=pages.url)}"
            assert addresses(desk) == ["a:1", "b:1", "c:1"]
            pages.status, pages.content_type, pages.text = 200, "application/json", '[{"targets": ["z:1"]}]'
            await until(lambda: addresses(desk) == ["z:1"])
            assert desk.health[-1] == ("healthy", "1 targets")


async def test_no_server_and_then_another_url(tmp_path: Path) -> None:
    async with serving() as pages:
        pages.text, desk = GOOD, Desk(tmp_path)
        component = Http(desk.options(), Arguments(url="http://127.0.0.1:9/"))
        async with running(component):
            await until(lambda: len(desk.health) > 1)
            assert desk.health[-1][1].startswith("0 targets; cannot get `http://127.0.0.1:9/`: ")
            await component.update(Arguments(url=pages.url))
            await until(lambda: len(addresses(desk)) == 3)


@pytest.mark.parametrize(
    ("arguments", "attribute"),
    [
        ({"url": "nope"}, "url"),
        ({"refresh_interval": Duration(0)}, "refresh_interval"),
        ({"bearer_token": Secret("t"), "bearer_token_file": "/t"}, "bearer_token_file"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, arguments: dict[str, Any], attribute: str) -> None:
    with pytest.raises(ComponentError) as refused:
        Http(Desk(tmp_path).options(), Arguments(**{"url": "http://127.0.0.1:9/", **arguments}))
    assert refused.value.attribute == attribute


async def test_a_server_that_asks_to_wait_is_left_alone(tmp_path: Path) -> None:
    async with serving() as pages:
        pages.status, pages.headers, desk = 429, {"Retry-After": "1"}, Desk(tmp_path)
        clock = asyncio.get_running_loop().time
        async with running(Http(desk.options(), Arguments(url=pages.url, refresh_interval=QUICK))):
            await until(lambda: pages.requests)
            asked = clock()
            await until(lambda: len(pages.requests) > 1)
            assert clock() - asked > 0.9
