"""`loki.write` at work, and a push endpoint on loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import snappy
from aiohttp import web

from compiler.evaluate.types import Duration
from runtime.component import Options, Services
from runtime.components.loki._endpoint import EndpointOptions
from runtime.components.loki.write import Arguments, Write
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.wire.loki import PushRequest

QUICK: dict[str, Any] = {
    "batch_wait": Duration.parse("20ms"),
    "min_backoff_period": Duration.parse("5ms"),
    "max_backoff_period": Duration.parse("20ms"),
}


@dataclass
class Push:
    """One request as it arrived; `entries` are (stream text, line)."""

    path: str
    headers: Mapping[str, str]
    size: int
    entries: list[tuple[str, str]]


@dataclass
class Loki:
    """`answers` are used up one a request, then 204."""

    url: str = ""
    pushes: list[Push] = field(default_factory=list)
    answers: list[web.Response | str] = field(default_factory=list)
    refused: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.answers:
            self.refused += 1
            match self.answers.pop(0):
                case "reset":
                    assert request.transport is not None
                    request.transport.abort()
                    return web.Response()
                case "slow":
                    await asyncio.sleep(30)
                    return web.Response()
                case web.Response() as answer:
                    return answer
        message = PushRequest.FromString(snappy.decompress(body))
        entries = [(s.labels, e.line.decode()) for s in message.streams for e in s.entries]
        self.pushes.append(Push(request.path, request.headers, len(body), entries))
        return web.Response(status=204)

    @property
    def lines(self) -> list[str]:
        return [line for push in self.pushes for _, line in push.entries]


class Running:
    def __init__(self, write: Write, options: Options, health: list[tuple[str, str]]) -> None:
        self.write = write
        self.options = options
        self.health = health
        self.acked: list[object] = []

    async def push(
        self,
        lines: Sequence[str],
        labels: Mapping[str, str] | Sequence[Mapping[str, str]] = {"job": "t"},
        mark: object = None,
    ) -> None:
        sets = [labels] * len(lines) if isinstance(labels, Mapping) else list(labels)
        streams = tuple(dict.fromkeys(Labels(one) for one in sets))
        batch = LogBatch(
            streams,
            np.array([streams.index(Labels(one)) for one in sets], np.int32),
            np.arange(len(lines), dtype=np.int64),
            pa.array([line.encode() for line in lines], pa.binary()),
            Delivery([lambda: self.acked.append(mark)]),
        )
        await self.write.push(batch)

    def metric(self, name: str, **labels: str) -> float | None:
        return next(
            (
                sample.value
                for family in self.options.metrics.collect()
                for sample in family.samples
                if sample.name == name and labels.items() <= sample.labels.items()
            ),
            None,
        )


@asynccontextmanager
async def running(
    arguments: Arguments,
    folder: Path,
    budget: int = 1 << 20,
    ledger: Ledger | None = None,
    lacking: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Running]:
    options, health = make_options(folder, budget, ledger, lacking)
    write = Write(options, arguments)
    task = asyncio.create_task(write.run())
    await asyncio.sleep(0)
    try:
        yield Running(write, options, health)
    finally:
        await write.drain()
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled(), task
        assert {account.component: account.imbalance for account in options.services.ledger if account.imbalance} == {}


def make_options(
    folder: Path,
    budget: int = 1 << 20,
    ledger: Ledger | None = None,
    lacking: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Options, list[tuple[str, str]]]:
    health: list[tuple[str, str]] = []
    exports: list[msgspec.Struct] = []
    services = Services(ledger or Ledger(), Clusters(), instance_id="uuid-1", version="1.2.3", spool_bytes=budget)
    return (
        Options(
            "loki.write.out",
            folder,
            logging.getLogger("test"),
            exports.append,
            lambda *state: health.append(state),
            services,
            lacking=lambda: lacking,
        ),
        health,
    )


def endpoint(url: str, path: str = "/loki/api/v1/push", **more: Any) -> EndpointOptions:
    return EndpointOptions(url=url + path, **{**QUICK, **more})


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)
