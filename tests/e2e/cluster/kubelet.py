"""A node whose kubelet keeps container logs in memory and serves them to the API server, as a real one serves its files."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from aiohttp import web

from tests.e2e.cluster.client import Object
from tests.e2e.cluster.server import ApiServer
from tests.e2e.cluster.serving import Serving

__all__ = ["Kubelet", "Request", "running_pod"]

_SECOND = 10**9
_TORN_BYTES = 36
"""Of a torn line: its time, and the beginning of its text."""
_KNOWN = {"follow", "limitBytes", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps"}


@dataclass(frozen=True, slots=True)
class Request:
    """A log that was asked for, by (namespace, pod, container); `query` as the API server passed it on."""

    container: tuple[str, str, str]
    query: dict[str, str]


@dataclass(slots=True)
class _Log:
    """Lines with the nanoseconds of their writing; how often the streams that follow it were cut."""

    lines: list[tuple[int, bytes]] = field(default_factory=list)
    before: list[tuple[int, bytes]] | None = None
    """Of the run before this one."""
    ended: bool = False
    cuts: int = 0
    torn: bool = False
    """The next stream ends within the last line that it has."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, when anything of this changes."""


class Kubelet:
    """`name` is the node's, to be used as a pod's `spec.nodeName`."""

    def __init__(self, server: ApiServer, name: str) -> None:
        self.name = name
        self.requests: list[Request] = []
        self._client = server.client()
        self._logs: dict[tuple[str, str, str], _Log] = defaultdict(_Log)
        self._serving = Serving(Path(server.folder), self._answer, clients_known=True)

    def __enter__(self) -> Self:
        self._serving.__enter__()
        self._client.create(self._node())
        return self

    def __exit__(self, *_: object) -> None:
        self._client.delete(self._node())
        self._serving.__exit__()

    def write(self, namespace: str, pod: str, container: str, *lines: str, at: int | None = None) -> None:
        """Appends lines, written now or `at` (Unix nanoseconds)."""
        log = self._logs[namespace, pod, container]
        log.lines += [(time.time_ns() if at is None else at, line.encode()) for line in lines]
        self._tell(log)

    def end(self, namespace: str, pod: str, container: str) -> None:
        """The container ends: streams that follow it end after its last line."""
        log = self._logs[namespace, pod, container]
        log.ended = True
        self._tell(log)

    def cut(self, namespace: str, pod: str, container: str) -> None:
        """Streams that follow it end though the container runs on, as when its log file is rotated or a proxy times out."""
        log = self._logs[namespace, pod, container]
        log.cuts += 1
        self._tell(log)

    def tear(self, namespace: str, pod: str, container: str) -> None:
        """The next stream with lines ends in the middle of the last one."""
        self._logs[namespace, pod, container].torn = True

    def restart(self, namespace: str, pod: str, container: str) -> None:
        """The container ended and was started again: its log is a new one, the old one is `previous`."""
        log = self._logs[namespace, pod, container]
        log.ended = True
        self._logs[namespace, pod, container] = _Log(before=log.lines)
        self._tell(log)

    def down(self) -> None:
        self._serving.down()

    def up(self) -> None:
        self._serving.up()

    def _tell(self, log: _Log) -> None:
        async def tell() -> None:
            log.news.set()
            log.news = asyncio.Event()

        self._serving.run(tell())

    def _node(self) -> Object:
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._serving.port}},
        }
        return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.name}, "status": status}

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        match request.path.split("/"):
            case ["", "containerLogs", namespace, pod, container]:
                key = (namespace, pod, container)
            case _:
                return web.Response(status=404, text="this kubelet serves nothing but container logs")
        query = dict(request.query)
        self.requests.append(Request(key, query))
        if unknown := query.keys() - _KNOWN:
            return web.Response(status=400, text=f"unknown parameters {sorted(unknown)}")
        if key not in self._logs:
            return web.Response(status=400, text=f'container "{container}" in pod "{pod}" is waiting to start')
        log = self._logs[key]
        if query.get("previous") == "true":
            if log.before is None:
                return web.Response(
                    status=400, text=f'previous terminated container "{container}" in pod "{pod}" not found'
                )
            log = _Log(log.before, ended=True)
        return await self._stream(request, log, query)

    async def _stream(self, request: web.BaseRequest, log: _Log, query: dict[str, str]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        timestamps, left = query.get("timestamps") == "true", int(query.get("limitBytes", 1 << 62))
        position = max(0, len(log.lines) - int(query["tailLines"])) if "tailLines" in query else 0
        since, cuts = _since(query), log.cuts
        while left > 0:
            news = log.news
            fresh = log.lines[position:]
            position += len(fresh)
            text = b"".join(_printed(at, line, timestamps) for at, line in fresh if at >= since)[:left]
            left -= len(text)
            if text and log.torn:
                log.torn = False
                await response.write(text[: text.rstrip(b"\n").rfind(b"\n") + _TORN_BYTES])
                break
            if text:
                await response.write(text)
            if query.get("follow") != "true" or log.ended or log.cuts != cuts:
                break
            await news.wait()
        return response


def running_pod(namespace: str, name: str, node: str, *containers: str, **labels: str) -> Object:
    """A pod that runs on `node`, as its kubelet would report it."""
    states = [
        {
            "name": container,
            "image": "registry.local/app:1",
            "imageID": "",
            "containerID": f"containerd://{name}-{container}",
            "ready": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": "2025-01-01T00:00:00Z"}},
        }
        for container in containers
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "nodeName": node,
            "containers": [{"name": container, "image": "registry.local/app:1"} for container in containers],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.0.0.1",
            "podIPs": [{"ip": "10.0.0.1"}],
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": states,
        },
    }


def _since(query: dict[str, str]) -> int:
    """Unix nanoseconds."""
    if "sinceSeconds" in query:
        return time.time_ns() - int(query["sinceSeconds"]) * _SECOND
    if "sinceTime" in query:
        return int(datetime.fromisoformat(query["sinceTime"]).timestamp()) * _SECOND
    return 0


def _printed(at: int, line: bytes, timestamps: bool) -> bytes:
    stamp = datetime.fromtimestamp(at // _SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return (f"{stamp}.{at % _SECOND:09d}Z ".encode() if timestamps else b"") + line + b"\n"
