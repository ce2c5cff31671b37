"""local.file"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import msgspec
from prometheus_client import Gauge

from compiler.evaluate.types import Duration, OptionalSecret
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.registry import component

_LOOK_SECONDS = 1.0
"""How often the `fsnotify` detector looks at the file's identity, size and time: no inotify watch is used, so that network
file systems and ConfigMap mounts (replaced by a symlink) behave like any file."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    filename: str
    detector: str = "fsnotify"
    poll_frequency: Duration = Duration.parse("1m")
    is_secret: bool = False


class Exports(msgspec.Struct, frozen=True):
    content: OptionalSecret


@component("local.file", arguments=Arguments, exports=Exports)
class File(Component[Arguments]):
    """Exports the content of a file, byte for byte, and again whenever the file changes.

    A file that cannot be read refuses the first load; later it makes the component unhealthy, and the old content stays.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._read_at = Gauge(
            "local_file_timestamp_last_accessed_unix_seconds", "When the file was last read", registry=options.metrics
        )
        self._stamp: tuple[int, ...] | None = None
        self._load(arguments)
        self._changed = asyncio.Event()

    async def update(self, arguments: Arguments) -> None:
        self._load(arguments)
        self.arguments = arguments
        self._changed.set()

    async def run(self) -> None:
        while True:
            every = self.arguments.poll_frequency.seconds if self.arguments.detector == "poll" else _LOOK_SECONDS
            try:
                async with asyncio.timeout(every):
                    await self._changed.wait()
                self._changed.clear()
            except TimeoutError:
                self._look()

    def _look(self) -> None:
        if self._stamp is not None and _stamp(self.arguments.filename) == self._stamp:
            return
        try:
            self._load(self.arguments)
        except ComponentError as error:
            self._stamp = None
            self.options.set_health(HealthState.UNHEALTHY, str(error))
        else:
            self.options.set_health(HealthState.HEALTHY, "read file")

    def _load(self, arguments: Arguments) -> None:
        if arguments.poll_frequency <= 0:
            raise ComponentError("`poll_frequency` must be above 0", "poll_frequency")
        if arguments.detector not in ("fsnotify", "poll"):
            raise ComponentError(f"`{arguments.detector}` is no detector, use `fsnotify` or `poll`", "detector")
        stamp = _stamp(arguments.filename)
        try:
            content = Path(arguments.filename).read_bytes()
        except OSError as error:
            raise ComponentError(f"failed to read file: {error.strerror}: `{arguments.filename}`", "filename") from None
        self._stamp = stamp
        self._read_at.set(time.time())
        self.options.export(Exports(OptionalSecret(content.decode("utf-8", "surrogateescape"), arguments.is_secret)))


def _stamp(filename: str) -> tuple[int, ...] | None:
    """What tells one state of the file from another; taken before reading, so that a change in between is seen next time."""
    try:
        stat = os.stat(filename)  # noqa: PTH116 - the name is the user's, unresolved
    except OSError:
        return None
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
