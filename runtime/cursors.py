"""Where the streams of a source were left: a small struct for each name, in `positions.json` in the component's folder."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from runtime.pause import happens
from runtime.state_file import StateFile

__all__ = ["Cursors"]

C = TypeVar("C", bound=msgspec.Struct)

_VERSION = 1
_PAUSE_SECONDS = 0.05
_DURABLE_SECONDS = 1.0


class _Document(msgspec.Struct, frozen=True):
    version: int
    cursors: dict[str, Any]


class Cursors(Generic[C]):
    """Cursors of one kind. A moved one is written within `_PAUSE_SECONDS` and synced to the disk within `_DURABLE_SECONDS`.

    `problem` says why the last write failed, and is empty when it did not.
    """

    def __init__(self, folder: Path, kind: type[C], logger: logging.Logger) -> None:
        self._file = StateFile(folder / "positions.json")
        self._kind = kind
        self._logger = logger
        self._cursors: dict[str, C] = {}
        self._news = asyncio.Event()
        self._state = "open"
        self.problem = ""

    def load(self) -> None:
        """Read what is stored. What is damaged is reported, and its streams are read again from their start.
        Raises `OSError` for a file that is there and cannot be read."""
        for path, data in self._file.candidates():
            try:
                document = msgspec.json.decode(data, type=_Document)
                if document.version != _VERSION:
                    raise msgspec.ValidationError(f"version {document.version} is not known, only {_VERSION}")
                self._cursors = {name: msgspec.convert(cursor, self._kind) for name, cursor in document.cursors.items()}
            except msgspec.MsgspecError as error:
                self._logger.warning("positions file `%s` is damaged: %s", path, error)
            else:
                return

    def get(self, name: str) -> C | None:
        return self._cursors.get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._cursors

    def names(self) -> list[str]:
        return list(self._cursors)

    def move(self, name: str, cursor: C) -> None:
        """After an orderly end acknowledgements still count, unless another component has taken the file over."""
        if self._state == "closed":
            return
        self._cursors[name] = cursor
        self._changed()

    def forget(self, name: str) -> None:
        if self._cursors.pop(name, None) is not None:
            self._changed()

    def _changed(self) -> None:
        if self._state == "open":
            self._news.set()
        elif self._file.ours():
            self._save(durable=True)
        else:
            self._state = "closed"

    async def keep(self) -> None:
        """Writes until it is cancelled; from now on the file is ours."""
        self._save(durable=True)
        synced_at = time.monotonic()
        pending = False
        while True:
            if await happens(self._news, _DURABLE_SECONDS if pending else 3600.0):
                self._news.clear()
                self._save(durable=False)
                pending = True
            if pending and time.monotonic() - synced_at >= _DURABLE_SECONDS:
                await asyncio.to_thread(self._sync)
                synced_at, pending = time.monotonic(), False
            await asyncio.sleep(_PAUSE_SECONDS)

    def close(self, orderly: bool) -> None:
        self._save(durable=True)
        self._state = "late" if orderly else "closed"

    def _save(self, durable: bool) -> None:
        data = msgspec.json.encode(_Document(_VERSION, msgspec.to_builtins(self._cursors)))
        try:
            self._file.write(data, durable)
        except OSError as error:
            self._complain(error)
        else:
            self.problem = ""

    def _sync(self) -> None:
        try:
            self._file.sync()
        except OSError as error:
            self._complain(error)

    def _complain(self, error: OSError) -> None:
        problem = f"cannot write positions `{self._file.path}`: {error.strerror or error}"
        if problem != self.problem:
            self._logger.error(problem)
        self.problem = problem
