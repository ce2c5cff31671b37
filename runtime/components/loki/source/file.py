"""loki.source.file"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial

import msgspec

from compiler.evaluate.types import Duration, Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.pause import happens
from runtime.registry import component
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogsReceiver
from runtime.signals.receivers import fan_out
from runtime.tail import encoding
from runtime.tail.bookkeeper import Bookkeeper
from runtime.tail.decompress import FORMATS
from runtime.tail.lines import count, log_batch
from runtime.tail.match import PATH, expand
from runtime.tail.metrics import FileMetrics
from runtime.tail.opened import Chunk, OpenFile
from runtime.tail.positions import Key
from runtime.tail.tailer import Settings, Tailer
from runtime.tail.tailers import Tailers

BATCH_BYTES = 1 << 20
"""What one batch carries at most, from all files together; a longer line is a batch of its own."""
BUDGET_BYTES = 32 << 20
"""What may be on its way through the pipeline: enough that latency does not set the rate."""
_SMALLEST_READ = 16 << 10
_DRAIN_SECONDS = 5.0
"""How long a stop waits for a receiver to take the last batch; otherwise it is read again in the next life."""
_ON_ERROR = ("restart_from_beginning", "restart_from_end", "skip")


class Decompression(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool
    format: str
    initial_delay: Duration = Duration(0)


class FileWatch(msgspec.Struct, frozen=True, kw_only=True):
    min_poll_frequency: Duration = Duration.parse("250ms")
    max_poll_frequency: Duration = Duration.parse("250ms")


class FileMatch(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    sync_period: Duration = Duration.parse("10s")
    ignore_older_than: Duration = Duration(0)


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    targets: list[Target]
    forward_to: list[LogsReceiver | None]
    encoding: str = ""
    decompression: Decompression | None = None
    file_watch: FileWatch = FileWatch()
    file_match: FileMatch = FileMatch()
    tail_from_end: bool = False
    legacy_positions_file: str = ""
    on_positions_file_error: str = "restart_from_beginning"


@component("loki.source.file", arguments=Arguments)
class File(Component[Arguments]):
    """Tails files and forwards their lines, each with the labels of its target and `filename`.

    A position moves on when every destination owns what came before it. A file is known by device, inode and first
    bytes: it is read to its end after a rename, its successors are read in order, also those that were rotated while
    nothing ran.

    Differs from Alloy: an unknown encoding is an error; a position beyond the end of a file means a new file, which is
    read from its start; the position of a target that vanished is kept as long as the file is there, so that a target
    that comes back goes on. Lines of one batch have times a nanosecond apart, so that equal lines are not taken for
    one.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._settings = _settings(arguments)
        self._tailers = Tailers()
        self._metrics = FileMetrics(lambda: self._tailers)
        self._account = options.services.ledger.account(options.id)
        self._books = Bookkeeper(options.data_path, options.logger)
        try:
            self._books.load(arguments.legacy_positions_file)
        except OSError as error:
            raise ComponentError(f"cannot read positions: {error.strerror}: `{error.filename}`") from None
        options.metrics.register(self._metrics)
        self._wake, self._room, self._rematch = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._in_flight = 0
        self._stamp = 0
        self._stopping = self._reading = False
        self._idle = asyncio.Event()
        self._health = ""
        self._faults: list[str] = []
        if not arguments.file_match.enabled:
            self._follow(arguments.targets, [])

    async def update(self, arguments: Arguments) -> None:
        settings = _settings(arguments)
        if settings != self._settings:
            self._settings = settings
            for tailer in self._tailers:
                tailer.reopen(settings, time.monotonic())
        self.arguments = arguments
        if not arguments.file_match.enabled:
            self._follow(arguments.targets, [])
        self._rematch.set()
        self._wake.set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._books.keep(), name=f"{self.options.id} positions")
                group.create_task(self._match(), name=f"{self.options.id} match")
                self._reading = True
                try:
                    await self._read()
                finally:
                    self._reading = False
                    self._idle.set()
                await asyncio.Event().wait()
        finally:
            for tailer in self._tailers:
                tailer.close()
            self._books.close(orderly=self._stopping)

    async def drain(self) -> None:
        """Reads no more; what is on its way may still be acknowledged, also after `run` has ended."""
        self._stopping = True
        self._wake.set()
        self._room.set()
        if self._reading:
            await happens(self._idle, _DRAIN_SECONDS)

    # Which files

    async def _match(self) -> None:
        while True:
            self._rematch.clear()
            arguments = self.arguments
            if arguments.file_match.enabled:
                match = await asyncio.to_thread(
                    expand, arguments.targets, arguments.file_match.ignore_older_than.seconds
                )
                if arguments is self.arguments:
                    self._follow(match.targets, match.problems)
            await happens(self._rematch, arguments.file_match.sync_period.seconds)

    def _follow(self, targets: list[Target], faults: list[str]) -> None:
        """Begin with targets that are new, leave those that are gone; those that stay are not touched."""
        wanted: dict[Key, Labels] = {}
        for target in targets:
            path = target.get(PATH, "")
            if not path:
                faults = [*faults, f"a target has no `{PATH}`: {dict(target)}"]
                continue
            visible = {name: value for name, value in target.items() if not name.startswith("__")}
            visible.pop("filename", None)
            wanted[path, _text(visible)] = Labels({**visible, "filename": path})
        for fault in faults:
            if fault not in self._faults:
                self.options.logger.warning(fault)
        self._faults = faults
        for tailer in self._tailers:
            if tailer.key not in wanted:
                tailer.leave()
        for key, labels in wanted.items():
            known = self._tailers.get(key)
            if known is not None:
                known.stay()
            else:
                self._begin(key, labels)
        self._wake.set()

    def _begin(self, key: Key, labels: Labels) -> None:
        from_end = self.arguments.tail_from_end
        if self._books.damaged(key):
            match self.arguments.on_positions_file_error:
                case "skip":
                    self._faults = [*self._faults, f"`{key[0]}` is skipped: its stored position is damaged"]
                    return
                case "restart_from_end":
                    from_end = True
                case _:
                    from_end = False
        tailer = Tailer(
            key,
            labels,
            self._settings,
            self._books.stored(key),
            from_end,
            changed=self._books.changed,
            abandon=self._metrics.abandon,
            taken=self._tailers.taken,
            logger=self.options.logger,
            now=time.monotonic(),
        )
        self._tailers.add(tailer)
        self._books.open(tailer)

    # Reading

    async def _read(self) -> None:
        """One loop for all files: look, read while there is something, sleep."""
        ready: deque[tuple[Tailer, OpenFile]] = deque()
        sleep = look_at = 0.0
        while not self._stopping:
            now = time.monotonic()
            if not ready or now >= look_at:
                ready = deque(self._look(now, ready))
                shortest, longest = _poll_seconds(self.arguments)
                sleep = shortest if ready else min(max(sleep * 2, shortest), longest)
                look_at = now + shortest
            if not ready:
                self._wake.clear()
                await happens(self._wake, sleep)
                continue
            if self._in_flight >= BUDGET_BYTES:
                self._room.clear()
                await self._room.wait()
                continue
            await self._forward(self._gather(ready))
            await asyncio.sleep(0)

    def _look(self, now: float, unread: Iterable[tuple[Tailer, OpenFile]]) -> list[tuple[Tailer, OpenFile]]:
        """What there is to read: what is new, after what was left from before."""
        found = dict.fromkeys(unread) | dict.fromkeys(self._tailers.look(now))
        for tailer in [tailer for tailer in self._tailers if tailer.finished]:
            self._tailers.remove(tailer)
            self._books.park(tailer)
        self._report()
        return [(tailer, file) for tailer, file in found if file.ready]

    def _gather(self, ready: deque[tuple[Tailer, OpenFile]]) -> list[tuple[Tailer, OpenFile, Chunk]]:
        """About `BATCH_BYTES` of whole lines, a fair share of each file; what has more comes again."""
        share = max(_SMALLEST_READ, BATCH_BYTES // len(ready))
        gathered, size = [], 0
        for _ in range(len(ready)):
            tailer, file = ready.popleft()
            try:
                chunk = file.read(share) if file.ready else None
            except OSError as error:
                tailer.fail(error, time.monotonic(), file)
                continue
            tailer.active_at = time.monotonic()
            if file.ready:
                ready.append((tailer, file))
            if chunk is not None:
                gathered.append((tailer, file, chunk))
                size += chunk.size
            if size >= BATCH_BYTES:
                break
        return gathered

    async def _forward(self, gathered: list[tuple[Tailer, OpenFile, Chunk]]) -> None:
        if not gathered:
            return
        size = sum(len(chunk.data) for _, _, chunk in gathered)
        self._in_flight += size
        acknowledge = [file.acknowledged.expect(chunk.end) for _, file, chunk in gathered]
        self._stamp = max(time.time_ns(), self._stamp)
        batch = log_batch(
            [tailer.labels for tailer, _, _ in gathered],
            [chunk.data for _, _, chunk in gathered],
            Delivery(acknowledge, consumed=partial(self._consumed, size)),
            self._stamp,
        )
        self._stamp += len(batch)
        for (tailer, _, _), lines in zip(gathered, count(batch), strict=True):
            tailer.lines += lines
        self._account.take(len(batch))
        await fan_out(batch, lambda: self.arguments.forward_to, self._account, self.options.logger)

    def _consumed(self, size: int) -> None:
        self._in_flight -= size
        self._room.set()

    # Health

    def _report(self) -> None:
        """What cannot be read, in one line, when it is another than before."""
        problems = [*self._faults, *(tailer.problem for tailer in self._tailers if tailer.grave)]
        if self._books.problem:
            problems.append(self._books.problem)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        health = f"{problems[0]}{more}" if problems else ""
        if health != self._health:
            self._health = health
            self.options.set_health(HealthState.UNHEALTHY if health else HealthState.HEALTHY, health or "reading files")

    def debug_info(self) -> dict[str, object]:
        return {
            "targets_info": [
                {
                    "path": tailer.path,
                    "labels": tailer.key[1],
                    "is_running": tailer.following,
                    "read_offset": tailer.files[-1].offset if tailer.files else 0,
                    "problem": tailer.problem,
                }
                for tailer in self._tailers
            ]
        }


def _poll_seconds(arguments: Arguments) -> tuple[float, float]:
    watch = arguments.file_watch
    return watch.min_poll_frequency.seconds, watch.max_poll_frequency.seconds


def _settings(arguments: Arguments) -> Settings:
    """Checks the arguments that all files share. Raises `ComponentError`."""
    try:
        coded = encoding.find(arguments.encoding)
    except LookupError:
        raise ComponentError(
            f"unknown encoding `{arguments.encoding}`, use an IANA name such as `utf-8`, `utf-16le` or `windows-1252`",
            "encoding",
        ) from None
    if arguments.on_positions_file_error not in _ON_ERROR:
        raise ComponentError(
            f"`{arguments.on_positions_file_error}` is not known, use one of: {', '.join(_ON_ERROR)}",
            "on_positions_file_error",
        )
    shortest, longest = _poll_seconds(arguments)
    if shortest <= 0:
        raise ComponentError("`min_poll_frequency` must be above 0", "file_watch.min_poll_frequency")
    if longest < shortest:
        raise ComponentError(
            "`max_poll_frequency` must not be below `min_poll_frequency`", "file_watch.max_poll_frequency"
        )
    if arguments.file_match.enabled and arguments.file_match.sync_period <= 0:
        raise ComponentError("`sync_period` must be above 0", "file_match.sync_period")
    packed = arguments.decompression
    if packed is not None and packed.format not in FORMATS:
        raise ComponentError(
            f"unsupported compression format `{packed.format}`, use one of: {', '.join(FORMATS)}",
            "decompression.format",
        )
    if packed is None or not packed.enabled:
        return Settings(coded)
    return Settings(coded, packed.format, packed.initial_delay.seconds)


def _text(labels: Mapping[str, str]) -> str:
    """Labels as Alloy's positions file writes them."""
    return "{" + ", ".join(f"{name}={json.dumps(labels[name], ensure_ascii=False)}" for name in sorted(labels)) + "}"
