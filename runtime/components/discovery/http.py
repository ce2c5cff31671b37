"""discovery.http"""

from __future__ import annotations

import asyncio
import re

import msgspec
from prometheus_client import Counter

from compiler.evaluate.types import Duration, Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.components.discovery._groups import from_json, targets_of
from runtime.http.arguments import ClientArguments, validate
from runtime.http.fetch import check_url, fetch
from runtime.polled import ReadError
from runtime.registry import component

_JSON = re.compile(r'application/json(;\s*charset=("utf-8"|utf-8))?', re.IGNORECASE)


class Arguments(ClientArguments, frozen=True, kw_only=True):
    url: str
    refresh_interval: Duration = Duration.parse("1m")


class Exports(msgspec.Struct, frozen=True):
    targets: list[Target]


@component("discovery.http", arguments=Arguments, exports=Exports)
class Http(Component[Arguments]):
    """Exports the targets of the target groups that a server gives as JSON, with its URL as `__meta_url`.

    Asks every `refresh_interval`, which is also how long an answer may take. Without a good answer (status 200, content type
    `application/json`, groups that can be read) the targets stay, and the component is unhealthy with the reason; Alloy calls
    it healthy.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        _check(arguments)
        self._failures = Counter("prometheus_sd_http_failures", "Answers without targets", registry=options.metrics)
        self._changed = asyncio.Event()
        self._problem = ""
        self._count = 0
        options.export(Exports([]))

    async def update(self, arguments: Arguments) -> None:
        _check(arguments)
        self.arguments = arguments
        self._changed.set()

    async def run(self) -> None:
        self.options.set_health(HealthState.UNKNOWN, "waits for the first answer")
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                following = group.create_task(self._follow(self.arguments), name=f"{self.options.id} refresh")
                await self._changed.wait()
                following.cancel()

    async def _follow(self, arguments: Arguments) -> None:
        while True:
            least = await self._refresh(arguments)
            await asyncio.sleep(max(arguments.refresh_interval.seconds, least))

    async def _refresh(self, arguments: Arguments) -> float:
        """How long the server asks to be left alone, in seconds."""
        try:
            targets = await self._ask(arguments)
        except ReadError as error:
            self._failures.inc()
            if str(error) != self._problem:
                self.options.logger.warning("no targets", extra={"fields": {"err": str(error)}})
            self._problem = str(error)
            self.options.set_health(HealthState.UNHEALTHY, f"{self._count} targets; {self._problem}")
            return error.retry_after or 0.0
        self._problem, self._count = "", len(targets)
        self.options.export(Exports(targets))
        self.options.set_health(HealthState.HEALTHY, f"{len(targets)} targets")
        return 0.0

    async def _ask(self, arguments: Arguments) -> list[Target]:
        """Raises `ReadError`."""
        seconds = arguments.refresh_interval.seconds
        headers = {
            "Accept": "application/json",
            "User-Agent": f"kmon/{self.options.services.version}",
            "X-Prometheus-Refresh-Interval-Seconds": f"{seconds:g}",
        }
        answer = await fetch(arguments, arguments.url, headers=headers, seconds=seconds)
        if not _JSON.fullmatch(answer.content_type.strip()):
            raise ReadError(
                f"the answer has content type `{answer.content_type}`, expected `application/json`: `{arguments.url}`"
            )
        try:
            groups = from_json(answer.body)
        except ReadError as error:
            raise ReadError(f"{error}: `{arguments.url}`") from None
        return list(targets_of(groups, {"__meta_url": arguments.url}))


def _check(arguments: Arguments) -> None:
    check_url(arguments.url)
    if arguments.refresh_interval <= 0:
        raise ComponentError("`refresh_interval` must be above 0", "refresh_interval")
    validate(arguments)
