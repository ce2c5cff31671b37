"""remote.http against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration, OptionalSecret, Secret
from runtime.component import ComponentError, NotYetError
from runtime.components.remote.http import Arguments, Http
from runtime.http import BasicAuth, ClientArguments
from tests.unit.runtime.components.harness import Desk, running, until
from tests.unit.runtime.components.serving import serving

QUICK: dict[str, Any] = {"poll_frequency": Duration.parse("500ms"), "poll_timeout": Duration.parse("490ms")}


async def test_it_follows_the_page(tmp_path: Path) -> None:
    async with serving() as pages:
        pages.text = " \n one\n two \n"
        desk = Desk(tmp_path)
        component = Http(desk.options(), Arguments(url=pages.url, **QUICK))
        await component.prepare()
        assert desk.exports[-1].content == OptionalSecret("one\n two", False)
        async with running(component):
            pages.text = "three"
            await until(lambda: desk.exports[-1].content.text == "three")
            pages.status = 503
            await until(
                lambda: desk.health[-1] == ("unhealthy", f"the server answered 503 Service Unavailable: `{pages.url}`")
            )
            pages.status, pages.text = 200, "four"
            await until(lambda: desk.exports[-1].content.text == "four" and desk.health[-1] == ("healthy", "polled"))
        assert [exports.content.text for exports in desk.exports] == ["one\n two", "three", "four"]


async def test_the_request(tmp_path: Path) -> None:
    async with serving() as pages:
        pages.text = "hunter2"
        desk = Desk(tmp_path)
        client = ClientArguments(basic_auth=BasicAuth(username="u", password=Secret("p")))
        arguments = Arguments(
            url=f"{pages.url}?a=b",
            method="POST",
            headers={"X-One": "1"},
            body="question",
            client=client,
            is_secret=True,
        )
        await Http(desk.options(), arguments).prepare()
        (request,) = pages.requests
        assert (request.method, request.path_qs, pages.bodies) == ("POST", "/page?a=b", ["question"])
        assert (request.headers["X-One"], request.headers["Authorization"]) == ("1", "Basic dTpw")
        assert request.headers["User-Agent"].startswith("kmon/")
        assert desk.exports[-1].content == OptionalSecret("hunter2", True)
        assert "hunter2" not in repr(desk.exports)


async def test_what_is_not_there_yet_comes_later(tmp_path: Path) -> None:
    async with serving() as pages:
        pages.status, desk = 404, Desk(tmp_path)
        component = Http(desk.options(), Arguments(url=pages.url, **QUICK))
        with pytest.raises(NotYetError, match="answered 404 Not Found"):
            await component.prepare()
        assert not desk.exports
        async with running(component):
            pages.status, pages.text = 200, "here"
            await until(lambda: desk.exports)
        assert desk.exports[-1].content.text == "here"


async def test_new_arguments_are_read_at_once(tmp_path: Path) -> None:
    async with serving() as pages, serving() as others:
        pages.text, others.text, desk = "one", "two", Desk(tmp_path)
        component = Http(desk.options(), Arguments(url=pages.url))
        await component.prepare()
        async with running(component):
            await component.update(Arguments(url=others.url))
            await component.prepare()
            assert desk.exports[-1].content.text == "two"
            await component.update(Arguments(url="http://127.0.0.1:9/"))
            with pytest.raises(NotYetError, match=r"cannot get `http://127\.0\.0\.1:9/`: "):
                await component.prepare()
        assert desk.exports[-1].content.text == "two"


async def test_an_answer_that_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.http.fetch._MOST_BYTES", 1 << 20)
    async with serving() as pages:
        pages.text = "x" * ((1 << 20) + 1)
        with pytest.raises(NotYetError, match="larger than 1 MiB"):
            await Http(Desk(tmp_path).options(), Arguments(url=pages.url)).prepare()


@pytest.mark.parametrize(
    ("arguments", "attribute"),
    [
        ({"url": "example.com/x"}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"method": "GET POST"}, "method"),
        ({"poll_frequency": Duration(0)}, "poll_frequency"),
        ({"poll_timeout": Duration(0)}, "poll_timeout"),
        ({"poll_timeout": Duration.parse("1m")}, "poll_timeout"),
        ({"client": ClientArguments(no_proxy="x")}, "client.no_proxy"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, arguments: dict[str, Any], attribute: str) -> None:
    with pytest.raises(ComponentError) as refused:
        Http(Desk(tmp_path).options(), Arguments(**{"url": "http://127.0.0.1:9/", **arguments}))
    assert refused.value.attribute == attribute
