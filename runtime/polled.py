"""Components that export what they read elsewhere, and read it again and again."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import TypeVar

import msgspec

from compiler.evaluate.types import Duration
from runtime.backoff import Backoff
from runtime.component import Component, ComponentError, HealthState, NotYetError, Options
from runtime.pause import happens

__all__ = ["PollArguments", "Polled", "ReadError"]


_GRACE_SECONDS = 1.0
"""Who reads keeps to the time by itself and knows what did not come; this is for those who do not."""


class PollArguments(msgspec.Struct, frozen=True, kw_only=True):
    poll_frequency: Duration = Duration.parse("1m")
    poll_timeout: Duration = Duration.parse("10s")


class ReadError(Exception):
    """What is wanted cannot be read now; the text is one line and says what and why. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


P = TypeVar("P", bound=PollArguments)


class Polled(Component[P]):
    """Reads every `poll_frequency`, sooner after a failure, and each time within `poll_timeout`.

    What cannot be read at the first load lets those wait who refer to it. What cannot be read later makes the component
    unhealthy with the reason, and the exports stay as they were. Differs from Alloy, where the first keeps the whole
    process from starting.
    """

    def __init__(self, options: Options, arguments: P) -> None:
        super().__init__(options, arguments)
        self._check(arguments)
        self._lock = asyncio.Lock()
        self._prepared = asyncio.Event()
        self._delays = Backoff().delays()
        self._due = 0.0
        self._problem = ""

    @abstractmethod
    async def read(self, arguments: P) -> msgspec.Struct:
        """The exports as they are now, within `poll_timeout`. Raises `ReadError`; is cancelled soon after that time."""

    def check(self, arguments: P) -> None:
        """Raises `ComponentError` for arguments that nothing could be read with."""

    async def prepare(self) -> None:
        self._due = 0.0
        try:
            await self._poll()
        finally:
            self._prepared.set()

    async def update(self, arguments: P) -> None:
        self._check(arguments)
        self.arguments = arguments

    async def run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            if await happens(self._prepared, max(0.0, self._due - clock())):
                self._prepared.clear()
            else:
                await self._poll_quietly()

    async def _poll_quietly(self) -> None:
        before = self._problem
        try:
            await self._poll()
        except NotYetError as error:
            if str(error) != before:
                self.options.logger.warning("poll failed", extra={"fields": {"err": str(error)}})

    async def _poll(self) -> None:
        """Raises `NotYetError` when it fails. One read at a time, so that none is overtaken by one of older arguments."""
        async with self._lock:
            arguments = self.arguments
            wait, problem = arguments.poll_frequency.seconds, ""
            try:
                async with asyncio.timeout(arguments.poll_timeout.seconds + _GRACE_SECONDS):
                    exports = await self.read(arguments)
            except ReadError as error:
                problem = str(error)
                wait = max(min(next(self._delays), wait), error.retry_after or 0.0)
            except TimeoutError:
                problem = f"no answer within {arguments.poll_timeout}"
                wait = min(next(self._delays), wait)
            else:
                self._delays = Backoff().delays()
                self.options.export(exports)
            self._due = asyncio.get_running_loop().time() + wait
            self._problem = problem
            self.options.set_health(HealthState.UNHEALTHY if problem else HealthState.HEALTHY, problem or "polled")
        if problem:
            raise NotYetError(problem)

    def _check(self, arguments: P) -> None:
        for name, value in (("poll_frequency", arguments.poll_frequency), ("poll_timeout", arguments.poll_timeout)):
            if value <= 0:
                raise ComponentError(f"`{name}` must be above 0", name)
        self.check(arguments)
