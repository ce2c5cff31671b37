"""The process' own log on stderr, as logfmt or JSON with Alloy's field names: ts, level, msg, component_path,
component_id, err.

Everything goes through `logging`; further fields are given as `extra={"fields": {"name": value}}`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

__all__ = ["FORMATS", "LEVELS", "Formatter", "component_logger", "configure", "deferred", "held"]

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
FORMATS = ("logfmt", "json")
_LEVEL_NAMES = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warn"}
_BARE = re.compile(r'[^\s="\\\x00-\x1f\x7f]+')


class Formatter(logging.Formatter):
    """One line a record; a traceback becomes the field `stack`, so that lines stay lines."""

    def __init__(self, kind: str = "logfmt") -> None:
        super().__init__()
        self._json = kind == "json"

    def format(self, record: logging.LogRecord) -> str:
        fields = dict(_fields(record, self))
        if self._json:
            return json.dumps(fields, ensure_ascii=False, default=str)
        return " ".join(f"{name}={_logfmt(value)}" for name, value in fields.items())


def _fields(record: logging.LogRecord, formatter: logging.Formatter) -> Iterator[tuple[str, Any]]:
    seconds, nanos = divmod(int(record.created * 1e9), 10**9)
    yield "ts", f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanos:09d}Z"
    yield "level", _LEVEL_NAMES.get(record.levelno, "error" if record.levelno >= logging.ERROR else "debug")
    yield "msg", record.getMessage()
    extra = record.__dict__
    for name in ("component_path", "component_id"):
        if name in extra:
            yield name, extra[name]
    yield from extra.get("fields", {}).items()
    if record.exc_info and record.exc_info[1] is not None:
        yield "err", str(record.exc_info[1]) or type(record.exc_info[1]).__name__
        yield "stack", formatter.formatException(record.exc_info)


def _logfmt(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


class _Component(logging.Filter):
    """Puts the component's place on each of its records."""

    def __init__(self, path: str, local_id: str) -> None:
        super().__init__()
        self._path = path
        self._id = local_id

    def filter(self, record: logging.LogRecord) -> bool:
        record.component_path = self._path
        record.component_id = self._id
        return True


def component_logger(module_id: str, local_id: str) -> logging.Logger:
    """The logger of one component; the same one whenever it is asked for."""
    # Dots would make a hierarchy of the id's parts.
    logger = logging.getLogger("kmon.component." + f"{module_id}/{local_id}".replace(".", ":"))
    logger.filters = [_Component(f"/{module_id}", local_id)]
    return logger


class _Handler(logging.StreamHandler[TextIO]):
    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.waiting: list[logging.LogRecord] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.waiting is None:
            super().emit(record)
        else:
            self.waiting.append(record)


_handler = _Handler()
_held = False


def configure(level: str = "info", kind: str = "logfmt") -> None:
    """Log at `level` (a key of `LEVELS`) and above to stderr in the format `kind` (of `FORMATS`); may be called
    again.
    """
    if _held:
        return
    _handler.setStream(sys.stderr)
    _handler.setFormatter(Formatter(kind))
    root = logging.getLogger()
    if _handler not in root.handlers:
        root.addHandler(_handler)
    root.setLevel(LEVELS[level])


@contextmanager
def deferred() -> Iterator[None]:
    """What is logged inside is written at its end, as `configure` says by then: a configuration decides about the first lines
    of its process, too.
    """
    _handler.waiting = waiting = list[logging.LogRecord]()
    try:
        yield
    finally:
        _handler.waiting = None
        for record in waiting:
            if record.levelno >= logging.getLogger().level:
                _handler.handle(record)


@contextmanager
def held() -> Iterator[None]:
    """Inside, `configure` changes nothing. What stops takes its settings back, but the last lines of a process are to be
    written as those before.
    """
    global _held  # noqa: PLW0603 - the log is the process'
    _held = True
    try:
        yield
    finally:
        _held = False
