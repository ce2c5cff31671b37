"""The log of one container, as the API server streams it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from runtime.backoff import Backoff
from runtime.components.loki.source._container import ContainerRef
from runtime.components.loki.source._pod_state import PodState
from runtime.kubernetes.source import ApiError, ObjectSource
from runtime.text.rfc3339 import parse_one

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Chunk", "ContainerLog", "Cursor"]

_REOPEN_SECONDS = 3600.0
"""A stream can fall silent without an end, after the node's log was rotated; this bounds how long nobody notices."""
_BACKOFF = Backoff(0.1, 30.0)
_SHORT_SECONDS = 5.0
"""A stream that ends sooner and brought nothing is asked for more slowly."""
_NOT_YET = "waiting to start"
"""How a kubelet says, with status 400, that a container has not started."""
_LONGEST_LINE = 16 << 20
_LONGEST_QUOTE = 300
_SECOND = 10**9


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
    ) -> None:
        self.ref = ref
        self.read = begin
        self.problem = ""
        self.over = False
        self.source = source
        self._take = take
        self._torn = b""

    async def follow(self) -> None:
        delays = _BACKOFF.delays()
        clock = asyncio.get_running_loop().time
        while not self.over:
            before, began, least = self.read, clock(), 0.0
            try:
                self.over = await self._go_on()
            except ApiError as error:
                least = error.retry_after or 0.0
                if error.status == 400 and _NOT_YET in str(error):
                    self.problem = ""
                else:
                    self.problem = str(error)
            if self.read != before or clock() - began > _SHORT_SECONDS:
                delays = _BACKOFF.delays()
            if not self.over:
                await asyncio.sleep(max(next(delays), least))
        self.problem = ""

    async def _go_on(self) -> bool:
        """Read until the stream ends; whether that was the last of it."""
        # Asked first: what a container wrote before it ended is then sure to be in the stream.
        pod = await self._pod()
        last = pod is None or pod.is_over(self.ref.container)
        if pod is not None:
            await self._stream({} if last else {"follow": "true"})
        if last and self._torn:
            # Nothing completes it any more: a container may end within a line.
            torn, self._torn = self._torn, b""
            await self._hand_over(torn, _Skip(None))
        return last

    async def _pod(self) -> PodState | None:
        """None when the pod is gone, and with it the log."""
        try:
            pod = await self.source.read(PodState, self.ref.namespace, self.ref.pod)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return pod if pod.metadata.uid == self.ref.uid else None

    async def _stream(self, options: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(_REOPEN_SECONDS), self._request(options) as answer:
                if self.read is not None:
                    await self._run_before()
                self.problem = ""
                await self._take_over(answer)
        except TimeoutError:
            return

    async def _run_before(self) -> None:
        """A container that was started again while nobody could read has left lines in a log of its own.

        Asked for once a stream is open, as the kubelet has then decided which run is the present one; the pod's status may
        not know yet.
        """
        try:
            async with self._request({"previous": "true"}) as answer:
                await self._take_over(answer)
        except ApiError as error:
            # There is none, or the kubelet keeps it no longer.
            if error.status != 400:
                raise

    def _request(self, options: Mapping[str, str]) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        query = {"container": self.ref.container, "timestamps": "true", **options}
        if self.read is not None:
            since = datetime.fromtimestamp(self.read.time // _SECOND, UTC)
            query["sinceTime"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.source.request(self.ref.path, query)

    async def _take_over(self, answer: aiohttp.ClientResponse) -> None:
        """What is new of an answer, to its end."""
        skip, rest = _Skip(self.read), b""
        try:
            async for part in answer.content.iter_any():
                whole, feed, tail = part.rpartition(b"\n")
                rest += whole if feed else part
                if feed or len(rest) > _LONGEST_LINE:
                    text, rest = rest, tail if feed else b""
                    await self._hand_over(text, skip)
        finally:
            self._tear(rest, skip)

    def _tear(self, rest: bytes, skip: _Skip) -> None:
        """A stream that ends within a line: the next one begins with the whole of it, unless the container ended there."""
        time, _ = _parsed(rest)
        if time is not None:
            if not skip.known(time):
                self._torn = rest
        elif rest and not rest[:1].isdigit():
            self._quote(rest)

    async def _hand_over(self, text: bytes, skip: _Skip) -> None:
        """`text` is whole lines, without the last one's line feed. Read is what was taken: this may be cancelled."""
        self.problem = ""
        times, lines, end = [], [], self.read
        for time, line in self._fresh(text, skip):
            times.append(time)
            lines.append(line + b"\n")
            end = end.after(time) if end is not None else Cursor(time, 1)
        if lines and end is not None:
            await self._take(Chunk(times, lines, end))
            self.read = end

    def _fresh(self, text: bytes, skip: _Skip) -> Iterator[tuple[int, bytes]]:
        for raw in text.split(b"\n"):
            time, line = _parsed(raw)
            if time is None:
                self._quote(raw)
            elif not skip.known(time):
                torn, self._torn = self._torn, b""
                at, text_before = _parsed(torn)
                if at is not None and not raw.startswith(torn):
                    yield at, text_before
                yield time, line

    def _quote(self, text: bytes) -> None:
        said = text[:_LONGEST_QUOTE].decode("utf-8", "replace").strip()
        self.problem = f"the kubelet says of {self.ref.namespace}/{self.ref.pod}:{self.ref.container}: {said}"


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


def _parsed(line: bytes) -> tuple[int | None, bytes]:
    """Time and text; no time where there is none before a space."""
    stamp, space, text = line.partition(b" ")
    return (parse_one(stamp) if space else None), text
