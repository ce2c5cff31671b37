"""The configuration blocks that this runtime honours: `logging`, `livedebugging` and imports. To the engine they are
nodes like components.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec

from runtime.component import Component, ComponentError, Options
from runtime.engine.imports import (
    ImportFileArguments,
    ImportFileBlock,
    ImportHttpArguments,
    ImportHttpBlock,
    ImportStringArguments,
    ImportStringBlock,
)
from runtime.logs import FORMATS, LEVELS, Formatter, configure
from runtime.registry import Registration

__all__ = ["find_block"]

_WAITING_ENTRIES = 1000
"""Entries that wait for `write_to`; more are dropped, since logging must not wait for anything."""


class LoggingArguments(msgspec.Struct, frozen=True, kw_only=True):
    level: str = "info"
    format: str = "logfmt"
    destination: str = "stderr"
    write_to: list[Any] = []
    """Logs receivers. The type is not named, because its module imports Arrow, which not every graph needs."""


class _Entries(logging.Handler):
    """Formats records for `write_to`; records may come from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop
        self.queue: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue(_WAITING_ENTRIES)

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record).encode("utf-8", "surrogateescape")
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, (int(record.created * 1e9), line))

    def _put(self, entry: tuple[int, bytes]) -> None:
        if not self.queue.full():
            self.queue.put_nowait(entry)


class LoggingBlock(Component[LoggingArguments]):
    """`logging`: level and format of the process' own log, and components that its entries are sent to, labelled
    `component="alloy"`.
    """

    def __init__(self, options: Options, arguments: LoggingArguments) -> None:
        super().__init__(options, arguments)
        _check(arguments)
        self._entries = _Entries(asyncio.get_running_loop())

    async def update(self, arguments: LoggingArguments) -> None:
        _check(arguments)
        self.arguments = arguments
        self._apply()

    async def run(self) -> None:
        self._apply()
        try:
            while True:
                entries = [await self._entries.queue.get()]
                while not self._entries.queue.empty():
                    entries.append(self._entries.queue.get_nowait())
                await self._send(entries)
        finally:
            logging.getLogger().removeHandler(self._entries)
            configure()

    def _apply(self) -> None:
        configure(self.arguments.level, self.arguments.format)
        root = logging.getLogger()
        root.removeHandler(self._entries)
        if self.arguments.write_to:
            self._entries.setFormatter(Formatter(self.arguments.format))
            root.addHandler(self._entries)

    async def _send(self, entries: list[tuple[int, bytes]]) -> None:
        # Columns are heavy to import, and few configurations send their own log.
        import numpy as np  # noqa: PLC0415
        import pyarrow as pa  # noqa: PLC0415

        from runtime.signals.delivery import Delivery  # noqa: PLC0415
        from runtime.signals.labels import Labels  # noqa: PLC0415
        from runtime.signals.logs import LogBatch  # noqa: PLC0415
        from runtime.signals.receivers import fan_out  # noqa: PLC0415

        account = self.options.services.ledger.account(self.options.id)
        account.take(len(entries))
        batch = LogBatch(
            streams=(Labels({"component": "alloy"}),),
            stream=np.zeros(len(entries), np.int32),
            timestamp=np.array([timestamp for timestamp, _ in entries], np.int64),
            line=pa.array([line for _, line in entries], pa.binary()),
            delivery=Delivery(),
        )
        await fan_out(batch, lambda: self.arguments.write_to, account, self.options.logger)


def _check(arguments: LoggingArguments) -> None:
    if arguments.level not in LEVELS:
        raise ComponentError(f"`{arguments.level}` is no level, use one of: {', '.join(LEVELS)}", "level")
    if arguments.format not in FORMATS:
        raise ComponentError(f"`{arguments.format}` is no format, use one of: {', '.join(FORMATS)}", "format")
    if arguments.destination != "stderr":
        raise ComponentError(f"destination `{arguments.destination}` is not supported, use `stderr`", "destination")


class LiveDebuggingArguments(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False


class LiveDebuggingBlock(Component[LiveDebuggingArguments]):
    """`livedebugging`: accepted, so that files that have it run; nothing listens to it yet."""


_BLOCKS: dict[str, tuple[type[msgspec.Struct], type[Component[Any]]]] = {
    "logging": (LoggingArguments, LoggingBlock),
    "livedebugging": (LiveDebuggingArguments, LiveDebuggingBlock),
    "import.file": (ImportFileArguments, ImportFileBlock),
    "import.http": (ImportHttpArguments, ImportHttpBlock),
    "import.string": (ImportStringArguments, ImportStringBlock),
}


def find_block(name: str) -> Registration | None:
    """The registration of a configuration block; None for one that this runtime lacks."""
    found = _BLOCKS.get(name)
    return Registration(name, found[0], None, found[1]) if found is not None else None
