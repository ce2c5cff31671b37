"""discovery.file"""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from prometheus_client import Counter, Gauge

from compiler.evaluate.types import Duration, Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.components.discovery._groups import Group, from_json, from_yaml, targets_of
from runtime.pause import happens
from runtime.polled import ReadError
from runtime.registry import component
from runtime.tail.glob import Finder, PatternError, is_pattern

_LOOK_SECONDS = 1.0
"""How often files are looked for and at their identity, size and time: no inotify watch is used, so that network file
systems and ConfigMap mounts (replaced by a symlink) behave like any file."""
_PARSERS = {".json": from_json, ".yml": from_yaml, ".yaml": from_yaml}


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    files: list[str]
    refresh_interval: Duration = Duration.parse("5m")


class Exports(msgspec.Struct, frozen=True):
    targets: list[Target]


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as it was read last; where that is a `problem`, `targets` are from the time before. `stamp` changes with it."""

    stamp: tuple[int, ...]
    targets: list[Target]
    problem: str = ""


@component("discovery.file", arguments=Arguments, exports=Exports)
class File(Component[Arguments]):
    """Exports the targets of target groups in JSON and YAML files, with their path as `__meta_filepath`.

    A file that changes, comes or goes is seen within a second; every `refresh_interval` all are read again. A file that cannot
    be read makes the component unhealthy and keeps the targets that it had, while the other files count. Differs from Alloy,
    which takes a pattern anywhere: here only the last element of a path may be one, as in Prometheus.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        _check(arguments)
        self._errors = Counter(
            "prometheus_sd_file_read_errors", "Files that could not be read", registry=options.metrics
        )
        self._times = Gauge(
            "prometheus_sd_file_mtime_seconds",
            "When a file that was read had changed",
            ["filename"],
            registry=options.metrics,
        )
        self._files: dict[str, _Read] = {}
        self._changed = asyncio.Event()
        options.export(Exports([]))

    async def update(self, arguments: Arguments) -> None:
        _check(arguments)
        self.arguments = arguments
        self._changed.set()

    async def run(self) -> None:
        refreshed = -math.inf
        while True:
            self._changed.clear()
            interval, now = self.arguments.refresh_interval.seconds, time.monotonic()
            known = self._files
            if now - refreshed >= interval:
                # Times of change may be too coarse to show each one.
                refreshed, known = now, {path: replace(read, stamp=()) for path, read in known.items()}
            self._take(*await asyncio.to_thread(_look, self.arguments.files, known))
            await happens(self._changed, min(_LOOK_SECONDS, interval))

    def _take(self, files: dict[str, _Read], barren: Sequence[str]) -> None:
        for gone in self._files.keys() - files.keys():
            self._times.remove(gone)
        for path, read in files.items():
            if read is not self._files.get(path):
                self._note(path, read)
        self._files = files
        self._publish(barren)

    def _note(self, path: str, read: _Read) -> None:
        """Of a file that was read anew."""
        self._times.labels(path).set(read.stamp[-1] // 10**9)
        if read.problem:
            self._errors.inc()
            known = self._files.get(path)
            if known is None or known.problem != read.problem:
                self.options.logger.warning("file keeps its old targets", extra={"fields": {"err": read.problem}})

    def _publish(self, barren: Sequence[str]) -> None:
        targets = [target for read in self._files.values() for target in read.targets]
        self.options.export(Exports(targets))
        problems = [read.problem for read in self._files.values() if read.problem]
        said = [f"{len(targets)} targets in {len(self._files)} files", *problems]
        said += [f"no file matches `{pattern}`" for pattern in barren]
        self.options.set_health(HealthState.UNHEALTHY if problems else HealthState.HEALTHY, "; ".join(said))


def _look(patterns: Sequence[str], known: Mapping[str, _Read]) -> tuple[dict[str, _Read], list[str]]:
    """All files, in the order of the patterns, and the patterns without one; what is known of a file that has not changed is
    kept."""
    finder = Finder()
    found: dict[str, _Read] = {}
    barren = []
    for pattern in patterns:
        files = finder.files(pattern)
        if not files:
            barren.append(pattern)
        for absolute, state in files:
            # The folder is named as the pattern has it, which may be relative.
            path = os.path.join(os.path.dirname(pattern), os.path.basename(absolute))  # noqa: PTH118, PTH119, PTH120
            path = os.path.normpath(path) if is_pattern(pattern) else pattern
            stamp = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
            before = known.get(path)
            found[path] = before if before is not None and before.stamp == stamp else _read(path, stamp, before)
    return found, barren


def _read(path: str, stamp: tuple[int, ...], before: _Read | None) -> _Read:
    parse = _parser(path)
    assert parse is not None, "patterns without a known ending are refused"
    try:
        groups = parse(Path(path).read_bytes())
    except (OSError, ReadError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return _Read(stamp, before.targets if before is not None else [], f"cannot read `{path}`: {reason}")
    return _Read(stamp, list(targets_of(groups, {"__meta_filepath": path})))


def _parser(path: str) -> Callable[[bytes], list[Group]] | None:
    return _PARSERS.get(path[path.rfind(".") :].lower())


def _check(arguments: Arguments) -> None:
    if arguments.refresh_interval <= 0:
        raise ComponentError("`refresh_interval` must be above 0", "refresh_interval")
    for index, pattern in enumerate(arguments.files):
        at, path = f"files[{index}]", Path(pattern)
        if _parser(pattern) is None:
            raise ComponentError(f"`{pattern}` must end in one of: {', '.join(_PARSERS)}", at)
        if is_pattern(str(path.parent)):
            raise ComponentError(
                f"`{pattern}` has a pattern in a folder's name, only the last element may have one", at
            )
        try:
            Finder().files(f"/nonexistent/{path.name}")
        except PatternError as error:
            raise ComponentError(f"`{pattern}` is no pattern: {error}", at) from None
