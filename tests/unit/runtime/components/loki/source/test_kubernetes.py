"""loki.source.kubernetes: which lines come, and where a container's log goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from compiler.evaluate.types import Secret, Target
from runtime.backoff import Backoff
from runtime.component import HealthState
from runtime.components.loki.source import _container_log
from runtime.components.loki.source._container import ContainerRef
from runtime.components.loki.source._pod_state import PodState
from runtime.components.loki.source.kubernetes import Arguments, KubernetesLogs
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.source import ApiError, ObjectSource, Sources
from tests.unit.runtime.components.harness import Collector, Desk, running, until

ID = "loki.source.kubernetes.pods"
TARGET = {
    "__meta_kubernetes_namespace": "shop",
    "__meta_kubernetes_pod_name": "web",
    "__meta_kubernetes_pod_container_name": "app",
    "__meta_kubernetes_pod_uid": "u1",
    "app": "web",
}


def pod(uid: str = "u1", terminated: int | None = None, policy: str = "Always", phase: str = "Running") -> PodState:
    state = {} if terminated is None else {"terminated": {"exitCode": terminated}}
    body = {
        "metadata": {"name": "web", "namespace": "shop", "uid": uid},
        "spec": {"restartPolicy": policy, "containers": [{"name": "app"}]},
        "status": {"phase": phase, "containerStatuses": [{"name": "app", "state": state}]},
    }
    return msgspec.convert(body, PodState)


def stamped(*lines: str, second: int = 0) -> bytes:
    """Lines of one second, a nanosecond apart unless they say `=`, as the kubelet hands them out."""
    out, nanos = [], 0
    for line in lines:
        nanos += not line.startswith("=")
        out.append(f"2024-05-01T10:00:{second:02d}.{nanos:09d}Z {line}\n")
    return "".join(out).encode()


class Answer:
    def __init__(self, pieces: list[bytes], ending: asyncio.Event | None, failure: ApiError | None) -> None:
        self.content = self
        self._pieces, self._ending, self._failure = pieces, ending, failure

    async def iter_any(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        if self._ending is not None:
            await self._ending.wait()
        if self._failure is not None:
            raise self._failure


class Api:
    """Stands for connection and source. A stream hands out `log` from the asked second on, in `pieces`."""

    def __init__(self, log: bytes = b"", found: PodState | ApiError | None = None) -> None:
        self.log = log
        self.before: bytes | None = None
        """The log of the run before, if there was one and the kubelet still has it."""
        self.found = found or pod()
        self.queries: list[Mapping[str, str]] = []
        self.refusal: ApiError | None = None
        self.breaks: list[int] = []
        """After how many bytes the next streams break …"""
        self.failure: ApiError | None = ApiError("the connection broke")
        """… and how; None: as if all had come."""
        self.end = asyncio.Event()
        self.other: Api | None = None
        """The one that other arguments lead to."""

    def connect(self, arguments: object, block: str) -> Api:
        assert block == "client"
        return self.other if arguments != ConnectionArguments() and self.other is not None else self

    async def read(self, kind: type[PodState], namespace: str, name: str) -> PodState:
        assert (namespace, name) == ("shop", "web")
        if isinstance(self.found, ApiError):
            raise self.found
        return self.found

    @asynccontextmanager
    async def request(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Any]:
        assert path == "/api/v1/namespaces/shop/pods/web/log"
        self.queries.append(query)
        if self.refusal is not None:
            raise self.refusal
        since = query.get("sinceTime", "")[:19].encode()
        whole = self.before if query.get("previous") else self.log
        if whole is None:
            raise ApiError("previous terminated container `app` not found", 400)
        log = b"".join(line for line in whole.splitlines(keepends=True) if line[:19] >= since)
        if self.breaks:
            yield Answer([log[: self.breaks.pop(0)]], None, self.failure)
        else:
            yield Answer([log[:37], log[37:]], self.end if "follow" in query else None, None)


def build(folder: Path, api: Api, sink: Collector, *targets: Mapping[str, str]) -> tuple[KubernetesLogs, Desk]:
    desk = Desk(folder, ID, kubernetes=cast("Sources", api))
    arguments = Arguments(targets=[Target(target) for target in targets or (TARGET,)], forward_to=[sink])
    return KubernetesLogs(desk.options(), arguments), desk


def over(component: KubernetesLogs) -> bool:
    tailers = component.debug_info()["tailers"]
    assert isinstance(tailers, list)
    return bool(tailers) and all(tailer["over"] for tailer in tailers)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_container_log, "_BACKOFF", Backoff(0.01, 0.02))
    monkeypatch.setattr("runtime.components.loki.source.kubernetes._LOOK_SECONDS", 0.02)


async def test_lines_keep_their_time_and_line_feed(tmp_path: Path) -> None:
    sink = Collector()
    component, _ = build(tmp_path, Api(stamped("one", "two\rx", "")), sink)
    async with running(component):
        await until(lambda: len(sink.lines) == 3)
    assert sink.lines == ["one\n", "two\rx\n", "\n"]
    assert sink.entries[0][0] == {"app": "web", "job": ID, "instance": "shop/web:app"}
    assert [at for batch in sink.batches for at in batch.timestamp.tolist()] == [
        1714557600 * 10**9 + n for n in (1, 2, 3)
    ]


async def test_a_broken_stream_goes_on_without_loss_or_repetition(tmp_path: Path) -> None:
    api, sink = Api(stamped("a", "=b", "=c", "d", second=1) + stamped("e", second=2)), Collector()
    api.breaks = [40, 75, 120, 120]
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: len(sink.lines) == 5)
        await asyncio.sleep(0.05)
    assert sink.lines == ["a\n", "=b\n", "=c\n", "d\n", "e\n"]
    assert api.queries[-1]["sinceTime"] == "2024-05-01T10:00:01Z"


async def test_a_stream_that_ends_within_a_line_is_no_line(tmp_path: Path) -> None:
    """The API server ends it in good order also when it lost the kubelet."""
    api, sink = Api(stamped("first", "second", "third")), Collector()
    length = len(stamped("first"))
    api.breaks, api.failure = [length + 20, length + 33, length + 35], None
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: len(sink.lines) == 3)
    assert sink.lines == ["first\n", "second\n", "third\n"]


@pytest.mark.parametrize("restarted", [True, False])
async def test_a_container_may_end_within_a_line(tmp_path: Path, restarted: bool) -> None:
    api, sink = Api(stamped("whole", "no feed").removesuffix(b"\n")), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        if restarted:
            api.log = stamped("again", second=7)
        else:
            api.found = pod(terminated=0, policy="Never")
        api.end.set()
        await until(lambda: len(sink.lines) == 2 + restarted)
    assert sink.lines == ["whole\n", "no feed\n", "again\n"][: 2 + restarted]


async def test_a_run_that_ended_unseen_is_completed(tmp_path: Path) -> None:
    """The container was started again while nobody could read, and its pod does not say so yet."""
    api, sink = Api(stamped("a")), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        api.before, api.log = stamped("a", "last words"), stamped("b", second=5)
        api.end.set()
        await until(lambda: len(sink.lines) == 3)
        await until(lambda: len(api.queries) > 5)
    assert sink.lines == ["a\n", "last words\n", "b\n"]


async def test_a_stream_and_the_run_before_may_be_the_same_run(tmp_path: Path) -> None:
    """A container that waits to be started again: the kubelet gives the run that ended for both."""
    api, sink = Api(stamped("a")), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        api.before = api.log = stamped("a", "last words")
        api.end.set()
        await until(lambda: len(api.queries) > 5)
    assert sink.lines == ["a\n", "last words\n"]


async def test_the_end_of_an_older_run_is_not_read_again(tmp_path: Path) -> None:
    """Also where it ended within a line, in the second in which the present one began."""
    api, sink = Api(stamped("old", "a").removeprefix(stamped("old"))), Collector()
    api.before = stamped("old").removesuffix(b"\n")
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        api.log += stamped("b", second=1)
        api.end.set()
        await until(lambda: len(sink.lines) == 2)
    assert sink.lines == ["a\n", "b\n"]


async def test_a_target_that_is_gone_is_followed_for_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last lines of a pod may come after the news that it is gone."""
    api, sink = Api(stamped("a")), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        await component.update(Arguments(targets=[], forward_to=[sink]))
        await until(lambda: not component.debug_info()["tailers"])
        api.log = stamped("a", "last words")
        api.end.set()
        await until(lambda: len(sink.lines) == 2)
        monkeypatch.setattr("runtime.components.loki.source.kubernetes._GRACE_SECONDS", 0.0)
        await until(lambda: all(task.get_name() != f"{ID} shop/web:app:u1" for task in asyncio.all_tasks()))
        asked = len(api.queries)
        await asyncio.sleep(0.1)
        assert len(api.queries) == asked
    assert sink.lines == ["a\n", "last words\n"]


async def test_a_target_that_comes_back_goes_on_where_it_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when what was read before is still on its way, and though nobody reads the container any more."""
    monkeypatch.setattr("runtime.components.loki.source.kubernetes._GRACE_SECONDS", 0.0)
    api, sink = Api(stamped("a")), Collector(hold=True)
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        await component.update(Arguments(targets=[], forward_to=[sink]))
        await until(lambda: not component.debug_info()["tailers"])
        api.log = stamped("a", "b")
        await component.update(Arguments(targets=[Target(TARGET)], forward_to=[sink]))
        await until(lambda: len(sink.lines) == 2)
    assert sink.lines == ["a\n", "b\n"]


async def test_other_credentials_are_used_at_once(tmp_path: Path) -> None:
    """A stream may stay open for an hour; nothing of it is read twice."""
    api, sink = Api(stamped("a")), Collector()
    api.other = Api(stamped("a", "b"))
    component, desk = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        other = ConnectionArguments(bearer_token=Secret("t"), api_server="https://x")
        await component.update(Arguments(targets=[Target(TARGET)], forward_to=[sink], client=other))
        await until(lambda: len(sink.lines) == 2)
        await until(lambda: desk.health[-1] == (HealthState.HEALTHY, "following 1 containers"))
    assert sink.lines == ["a\n", "b\n"]


async def test_an_outage_is_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    api = Api(stamped("a"))
    api.refusal = ApiError("cannot get pods/log: the API server does not answer")
    targets = [{**TARGET, "__meta_kubernetes_pod_container_name": name} for name in ("a", "b", "c")]
    component, desk = build(tmp_path, api, Collector(), *targets)
    async with running(component):
        await until(lambda: desk.health[-1:] == [(HealthState.UNHEALTHY, f"{api.refusal} (and 2 more)")])
        problem, api.refusal = api.refusal, None
        await until(lambda: desk.health[-1] == (HealthState.HEALTHY, "following 3 containers"))
    said = [record.getMessage() for record in caplog.records if "pods/log" in record.getMessage()]
    assert len(said) == 1 and said[0].startswith(str(problem))


async def test_a_stream_that_is_opened_anew_while_receivers_are_slow_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_container_log, "_REOPEN_SECONDS", 0.05)
    api = Api(stamped("a", "b", "c", "d"))
    taken: list[bytes] = []
    gate = asyncio.Event()

    async def take(chunk: _container_log.Chunk) -> None:
        await gate.wait()
        taken.extend(chunk.lines)

    ref = ContainerRef.of(TARGET, ID)
    log = _container_log.ContainerLog(ref, cast("ObjectSource", api), None, take)
    following = asyncio.create_task(log.follow())
    await until(lambda: len(api.queries) > 2)
    gate.set()
    await until(lambda: len(taken) == 4)
    following.cancel()
    assert taken == [b"a\n", b"b\n", b"c\n", b"d\n"]


async def test_a_later_life_goes_on_among_lines_of_one_time(tmp_path: Path) -> None:
    api, sink = Api(stamped("a", "=b")), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: len(sink.lines) == 2)
    api.log, again = stamped("a", "=b", "=c", "d"), Collector()
    component, _ = build(tmp_path, api, again)
    async with running(component):
        await until(lambda: len(again.lines) == 2)
    assert again.lines == ["=c\n", "d\n"]


async def test_what_is_not_acknowledged_is_read_again(tmp_path: Path) -> None:
    api, slow, sink = Api(stamped("a")), Collector(hold=True), Collector()
    component, _ = build(tmp_path, api, slow)
    async with running(component):
        await until(lambda: slow.lines)
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines == ["a\n"])


async def test_a_clock_that_jumps_back_hides_nothing(tmp_path: Path) -> None:
    api, sink = Api(stamped("a", second=9)), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
    api.log = stamped("a", "b", second=9) + stamped("early", second=9).replace(b":09.000000001", b":09.000000000")
    again = Collector()
    component, _ = build(tmp_path, api, again)
    async with running(component):
        await until(lambda: len(again.lines) == 2)
    assert again.lines == ["b\n", "early\n"]


@pytest.mark.parametrize("found", [pod(phase="Succeeded"), pod(terminated=0, policy="Never")])
async def test_an_ended_container_is_read_to_its_end_and_left(tmp_path: Path, found: PodState) -> None:
    api, sink = Api(stamped("last words"), found), Collector()
    component, _ = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: over(component))
    assert sink.lines == ["last words\n"]
    assert [("follow" in query) for query in api.queries] == [False]


@pytest.mark.parametrize("found", [ApiError("cannot get pods `web`: not found", 404), pod(uid="u2")])
async def test_a_pod_that_is_gone_or_another_one_is_left(tmp_path: Path, found: PodState | ApiError) -> None:
    component, desk = build(tmp_path, Api(b"", found), Collector())
    async with running(component):
        await until(lambda: over(component))
        assert desk.health[-1][0] == HealthState.HEALTHY


async def test_a_refusal_is_the_components_health_and_passes(tmp_path: Path) -> None:
    api, sink = Api(stamped("a")), Collector()
    api.refusal = ApiError("cannot get pods/log `web` in namespace `shop`: grant …", 403)
    component, desk = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: desk.health[-1:] == [(HealthState.UNHEALTHY, str(api.refusal))])
        api.refusal = None
        await until(lambda: sink.lines and desk.health[-1][0] == HealthState.HEALTHY)


async def test_a_container_that_has_not_started_is_no_trouble(tmp_path: Path) -> None:
    api, sink = Api(stamped("a")), Collector()
    api.refusal = ApiError("container is waiting to start", 400)
    component, desk = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: len(api.queries) > 2)
        assert {state for state, _ in desk.health} == {HealthState.HEALTHY}
        api.refusal = None
        await until(lambda: sink.lines)


async def test_a_container_that_the_pod_does_not_have_is_named(tmp_path: Path) -> None:
    api = Api()
    api.refusal = ApiError("cannot get pods/log `web`: container app is not valid for pod web", 400)
    component, desk = build(tmp_path, api, Collector())
    async with running(component):
        await until(lambda: desk.health[-1:] == [(HealthState.UNHEALTHY, str(api.refusal))])


async def test_trouble_is_over_when_a_stream_opens_though_its_container_is_silent(tmp_path: Path) -> None:
    api = Api()
    api.refusal = ApiError("cannot get pods/log `web`: forbidden", 403)
    component, desk = build(tmp_path, api, Collector())
    async with running(component):
        await until(lambda: desk.health[-1:] == [(HealthState.UNHEALTHY, str(api.refusal))])
        api.refusal = None
        await until(lambda: desk.health[-1][0] == HealthState.HEALTHY)


async def test_what_a_kubelet_says_is_no_line(tmp_path: Path) -> None:
    api, sink = Api(b"failed to create fsnotify watcher: too many open files\n" + stamped("a")), Collector()
    component, desk = build(tmp_path, api, sink)
    async with running(component):
        await until(lambda: sink.lines)
        await until(lambda: "too many open files" in desk.health[-1][1])
    assert sink.lines == ["a\n"]


async def test_targets_come_and_go(tmp_path: Path) -> None:
    api, sink = Api(stamped("a")), Collector()
    component, desk = build(tmp_path, api, sink, {"app": "lost"})
    async with running(component):
        await until(
            lambda: desk.health and "no `__pod_namespace__` or `__meta_kubernetes_namespace`" in desk.health[-1][1]
        )
        await component.update(Arguments(targets=[Target(TARGET), Target(TARGET)], forward_to=[sink]))
        await until(lambda: sink.lines)
        await component.update(Arguments(targets=[], forward_to=[sink]))
        await until(lambda: desk.health[-1][1] == "following 0 containers")
    assert len(api.queries) == 1


@pytest.mark.parametrize(
    ("policy", "own", "code", "over"),
    [
        ("Always", None, 0, True),
        ("Always", None, 1, False),
        ("Always", "Always", 0, False),
        ("Never", None, 1, True),
        ("OnFailure", None, 0, True),
    ],
)
def test_an_init_container_ends_once_it_succeeds(policy: str, own: str | None, code: int, over: bool) -> None:
    body = {
        "metadata": {"name": "web", "namespace": "shop", "uid": "u1"},
        "spec": {"restartPolicy": policy, "initContainers": [{"name": "init", "restartPolicy": own}]},
        "status": {"initContainerStatuses": [{"name": "init", "state": {"terminated": {"exitCode": code}}}]},
    }
    assert msgspec.convert(body, PodState).is_over("init") is over


def test_an_ephemeral_container_ends_once() -> None:
    body = {
        "metadata": {"name": "web"},
        "status": {"ephemeralContainerStatuses": [{"name": "debug", "state": {"terminated": {"exitCode": 1}}}]},
    }
    assert msgspec.convert(body, PodState).is_over("debug")
