"""The log of one container, as the API server streams it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from runtime.backoff import Backoff
from runtime.components.loki.source._container import ContainerRef, is_over
from runtime.kubernetes.objects import Pod
from runtime.kubernetes.source import ApiError, ObjectSource
from runtime.text.rfc3339 import parse_one

__all__ = ["Chunk", "ContainerLog", "Cursor"]

_REOPEN_SECONDS = 3600.0
"""A stream can fall silent without an end, after the node's log was rotated; this bounds how long nobody notices."""
_BACKOFF = Backoff(0.1, 60.0)
_NOT_YET = 400
"""The status by which the API says that a container has not started."""
_LONGEST_LINE = 16 << 20


class Cursor(msgspec.Struct, frozen=True):
    """The last line: its time in nanoseconds, and how many lines of that time there were. The API knows seconds only."""

    time: int
    count: int

    def after(self, time: int) -> Cursor:
        return Cursor(time, self.count + 1 if time == self.time else 1)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole lines, each with its line feed, and the cursor behind the last of them."""

    times: list[int]
    lines: list[bytes]
    end: Cursor

    @property
    def nbytes(self) -> int:
        return sum(map(len, self.lines))


class ContainerLog:
    """Follows one container from `begin` on (None: from its start) until it has ended for good.

    `problem` says in one line why nothing comes, and is empty when something does. `over` is true after the last line.
    """

    def __init__(
        self,
        ref: ContainerRef,
        source: ObjectSource,
        begin: Cursor | None,
        take: Callable[[Chunk], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self.ref = ref
        self.read = begin
        self.problem = ""
        self.over = False
        self.source = source
        self._take = take
        self._logger = logger

    async def follow(self) -> None:
        delays = _BACKOFF.delays()
        while not self.over:
            before = self.read
            try:
                # Asked first: what a container wrote before it ended is then sure to be in the stream.
                last = await self._has_ended()
                if last is not None:
                    await self._stream(follow=not last)
                self.over = last is not False
                self.problem = ""
            except ApiError as error:
                if error.status != _NOT_YET:
                    self._complain(str(error))
            if self.read != before:
                delays = _BACKOFF.delays()
            if not self.over:
                await asyncio.sleep(next(delays))

    async def _has_ended(self) -> bool | None:
        """Whether the container has ended for good; None when the pod is gone, and with it the log."""
        try:
            pod = await self.source.read(Pod, self.ref.namespace, self.ref.pod)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        if pod.metadata.uid != self.ref.uid:
            return None
        return is_over(pod, self.ref.container, self.ref.uid)

    async def _stream(self, follow: bool) -> None:
        query = {"container": self.ref.container, "timestamps": "true"}
        if follow:
            query["follow"] = "true"
        if self.read is not None:
            since = datetime.fromtimestamp(self.read.time // 10**9, UTC)
            query["sinceTime"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        skip = _Skip(self.read)
        try:
            async with asyncio.timeout(_REOPEN_SECONDS), self.source.request(self.ref.path, query) as answer:
                async for data in _whole_lines(answer.content.iter_any()):
                    self.problem = ""
                    if (chunk := self._chunk(data, skip)) is not None:
                        self.read = chunk.end
                        await self._take(chunk)
        except TimeoutError:
            return

    def _chunk(self, data: bytes, skip: _Skip) -> Chunk | None:
        times, lines, end = [], [], self.read
        for line in data.removesuffix(b"\n").split(b"\n"):
            stamp, _, text = line.partition(b" ")
            time = parse_one(stamp)
            if time is None:
                self._complain(f"the kubelet says: {line.decode('utf-8', 'replace').strip()}")
            elif not skip.known(time):
                times.append(time)
                lines.append(text + b"\n")
                end = end.after(time) if end is not None else Cursor(time, 1)
        return Chunk(times, lines, end) if end is not None and lines else None

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            self._logger.warning("%s: %s", self.ref.name, problem)
        self.problem = problem


class _Skip:
    """Tells the lines that were read before from those that were not: a stream begins at a full second."""

    def __init__(self, read: Cursor | None) -> None:
        self._read = read
        self._seen = 0

    def known(self, time: int) -> bool:
        """Once a line is new, all that follow are, whatever the clock of the node did."""
        if self._read is None:
            return False
        if time == self._read.time:
            self._seen += 1
        if time > self._read.time or self._seen > self._read.count:
            self._read = None
        return self._read is not None


async def _whole_lines(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces that end with a line feed, but for the last; a line beyond all measure is cut."""
    rest = b""
    async for part in parts:
        whole, feed, tail = part.rpartition(b"\n")
        if feed:
            yield rest + whole + feed
            rest = tail
        else:
            rest += part
        if len(rest) > _LONGEST_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest
