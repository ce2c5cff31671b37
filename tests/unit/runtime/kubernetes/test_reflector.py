"""List and watch where a real server cannot be made to do it: odd objects, a history that ends between two pages, errors in a
watch. The rest is tested against a real one (`tests/e2e/cluster`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from runtime.backoff import Backoff
from runtime.kubernetes.objects import ConfigMap
from runtime.kubernetes.reflector import Reflector
from runtime.kubernetes.source import ApiError, Selector


class Answer:
    """A list as a whole, or the lines of a watch that stays open."""

    def __init__(self, body: bytes, open_end: bool = False) -> None:
        self.server = ""
        """Which one answers, if it is another than before."""
        self._body = body
        self._open_end = open_end
        self.content = self

    async def read(self) -> bytes:
        return self._body

    async def iter_any(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._body), 7):
            yield self._body[at : at + 7]
        if self._open_end:
            await asyncio.Event().wait()


class Server:
    """Answers one request after the other; then nothing any more."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.server = "https://a"
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []

    @asynccontextmanager
    async def request(self, path: str, query: Mapping[str, str], **_: Any) -> AsyncIterator[Answer]:
        self.asked.append(dict(query))
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self.server = answer.server or self.server
        yield answer


class State:
    def __init__(self) -> None:
        self.objects: dict[str, ConfigMap] = {}
        self.told: list[list[str]] = []

    def changed(self, keys: Iterable[str]) -> None:
        self.told.append(list(keys))


def item(name: str, version: str = "1", **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "n", "resourceVersion": version}, **fields}


def listed(*items: Any, version: str = "10", next_page: str = "") -> Answer:
    metadata = {"resourceVersion": version, "continue": next_page}
    return Answer(json.dumps({"metadata": metadata, "items": items}).encode())


def watched(*changes: tuple[str, Any], open_end: bool = True) -> Answer:
    return Answer(b"".join(json.dumps({"type": kind, "object": it}).encode() + b"\n" for kind, it in changes), open_end)


async def until_idle(server: Any, state: State) -> Reflector[ConfigMap]:
    """Runs until everything was answered and taken over."""
    reflector = Reflector(state, server, ConfigMap, "n", Selector())
    task = asyncio.create_task(reflector.run())
    async with asyncio.timeout(20):
        while server.answers:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return reflector


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.kubernetes.reflector._BACKOFF", Backoff(first=0.001, longest=0.01))


async def test_changes_of_a_watch_are_taken_over_and_bookmarks_move_on() -> None:
    server = Server(
        listed(item("a"), item("b")),
        watched(
            ("MODIFIED", item("a", "11", data={"k": "v"})),
            ("ADDED", item("c", "12")),
            ("DELETED", item("b", "13")),
            ("BOOKMARK", {"metadata": {"resourceVersion": "99"}}),
            open_end=False,
        ),
    )
    state = State()
    await until_idle(server, state)
    assert sorted(state.objects) == ["n/a", "n/c"]
    assert state.objects["n/a"].data == {"k": "v"}
    assert [asked.get("resourceVersion") for asked in server.asked] == [None, "10", "99"]
    assert all(asked["allowWatchBookmarks"] == "true" for asked in server.asked[1:])


async def test_an_object_that_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(listed(item("a"), item("odd", data=3)), watched(("ADDED", {"no": "object"}), ("ADDED", item("b"))))
    state = State()
    await until_idle(server, state)
    assert sorted(state.objects) == ["n/a", "n/b"]
    assert caplog.text.count("an object is left out") == 2


async def test_a_history_that_ends_between_two_pages_makes_one_list_of_all() -> None:
    server = Server(listed(item("a"), next_page="next"), ApiError("gone", 410), listed(item("a"), item("b")), watched())
    state = State()
    await until_idle(server, state)
    assert sorted(state.objects) == ["n/a", "n/b"]
    assert [("limit" in asked, "continue" in asked) for asked in server.asked[:3]] == [
        (True, False), (True, True), (False, False),
    ]  # fmt: skip


async def test_a_version_that_is_too_old_makes_a_new_list_and_only_differences_are_told() -> None:
    gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
    server = Server(
        listed(item("a"), item("b")), watched(("ERROR", gone)), listed(item("a", "5"), item("c")), watched()
    )
    state = State()
    await until_idle(server, state)
    assert sorted(key for keys in state.told for key in keys) == ["n/a", "n/b", "n/b", "n/c"]
    assert sorted(state.objects) == ["n/a", "n/c"]


async def test_a_version_is_nothing_to_another_server() -> None:
    other = watched(("ADDED", item("c", "12")))
    other.server = "https://b"
    server, state = Server(listed(item("a")), other, listed(item("b"), version="3"), watched()), State()
    await until_idle(server, state)
    assert sorted(state.objects) == ["n/b"]
    assert [asked.get("resourceVersion") for asked in server.asked] == [None, "10", None, "3"]


async def test_an_error_in_a_watch_is_a_problem_and_the_watch_goes_on() -> None:
    trouble = {"kind": "Status", "code": 500, "message": "etcd has no leader"}
    server, state = Server(listed(item("a")), watched(("ADDED", item("b", "11")), ("ERROR", trouble))), State()
    reflector = await until_idle(server, state)
    assert reflector.problem.endswith("the API server ended it with 500: etcd has no leader")
    # From what was taken over, not from before it.
    assert (server.asked[-1]["watch"], server.asked[-1]["resourceVersion"]) == ("true", "11")


@pytest.mark.parametrize("answer", [Answer(b"<html>"), Answer(b"{}")])
async def test_an_answer_that_is_no_list_is_a_problem(answer: Answer) -> None:
    reflector = await until_idle(Server(answer), State())
    assert "the answer is no list of objects" in reflector.problem
    assert not reflector.listed
