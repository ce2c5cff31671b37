"""local.file_match"""

from __future__ import annotations

import asyncio

import msgspec

from compiler.evaluate.types import Duration, Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.pause import happens
from runtime.registry import component
from runtime.tail.match import expand


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    path_targets: list[Target]
    sync_period: Duration = Duration.parse("10s")
    ignore_older_than: Duration = Duration(0)


class Exports(msgspec.Struct, frozen=True):
    targets: list[Target]


@component("local.file_match", arguments=Arguments, exports=Exports)
class FileMatch(Component[Arguments]):
    """Exports a target for each file that the `__path__` pattern of a target matches and its `__path_exclude__` does
    not.

    Looks every `sync_period`, and exports when the files are others than before. A target without a path and a pattern
    that nothing can match make the component unhealthy; the other targets count.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        _check(arguments)
        self._changed = asyncio.Event()
        self._targets: list[Target] | None = None
        self._problems: list[str] = []
        self._empty = False

    async def update(self, arguments: Arguments) -> None:
        _check(arguments)
        self.arguments = arguments
        self._changed.set()

    async def run(self) -> None:
        while True:
            self._changed.clear()
            arguments = self.arguments
            expansion = await asyncio.to_thread(expand, arguments.path_targets, arguments.ignore_older_than.seconds)
            if expansion.targets != self._targets:
                self._targets = expansion.targets
                self.options.export(Exports(expansion.targets))
            self._report(expansion.problems, expansion.barren)
            await happens(self._changed, arguments.sync_period.seconds)

    def _report(self, problems: list[str], barren: list[str]) -> None:
        """A pattern without a file is no fault, as a container may not have written yet; it is told, since it may be a wrong path."""
        for problem in problems:
            if problem not in self._problems:
                self.options.logger.warning(problem)
        self._problems = problems
        count = len(self._targets or ())
        said = [f"{count} files", *problems[:1]]
        if barren:
            more = f" (and {len(barren) - 1} more)" if len(barren) > 1 else ""
            said.append(f"no file for `{barren[0]}`{more}")
        empty = bool(barren) and not count
        if empty and not self._empty:
            self.options.logger.warning(said[-1])
        self._empty = empty
        self.options.set_health(HealthState.UNHEALTHY if problems else HealthState.HEALTHY, "; ".join(said))


def _check(arguments: Arguments) -> None:
    if arguments.sync_period <= 0:
        raise ComponentError("`sync_period` must be above 0", "sync_period")
    if arguments.ignore_older_than < 0:
        raise ComponentError("`ignore_older_than` must not be negative, 0 ignores no file", "ignore_older_than")
