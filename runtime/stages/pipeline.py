"""Stages in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from runtime.component import ComponentError
from runtime.stages.frame import Frame, join
from runtime.stages.stage import Context, Stage, build

__all__ = ["Pipeline", "StageBlock"]

StageBlock = tuple[str, dict[str, Any]]
"""A block's name without `stage.`, and its decoded body with only what was written; blocks of `match` stand under `stage`."""


class Pipeline:
    """An entry that makes a stage fail (a fault of the stage, not of the entry) passes it unchanged; see `_through`.

    Raises `ComponentError` for a stage that is refused; the attribute is `stage.json[1].expressions`, counted from 0
    among the stages of that name."""

    def __init__(self, blocks: Sequence[StageBlock], context: Context) -> None:
        self.stages: list[Stage[Any]] = []
        self._context = context
        self._names = [name for name, _ in blocks]
        self._reported: set[tuple[int, type[Exception]]] = set()
        counts: dict[str, int] = {}
        for name, body in blocks:
            number = counts[name] = counts.get(name, -1) + 1
            self.stages.append(_built(name, number, body, context))

    def process(self, frame: Frame, after: int = 0) -> Frame:
        """The frame after all stages from number `after` on."""
        for number in range(after, len(self.stages)):
            if not len(frame):
                break
            frame = self._through(number, frame)
        return frame

    def _through(self, number: int, frame: Frame) -> Frame:
        """The frame after one stage. Where that fails, the frame is halved until the entries that it fails for stand
        alone: those pass unchanged, as entries do that a stage cannot read, and nothing is lost or read for ever."""
        try:
            return self.stages[number].process(frame)
        except Exception as error:  # one entry must not stop all files
            if len(frame) > 1:
                halves = np.array_split(np.arange(len(frame)), 2)
                return join([self._through(number, frame.take(rows)) for rows in halves], frame.delivery)
            self._report(number, error)
            return frame

    def _report(self, number: int, error: Exception) -> None:
        name = f"stage.{self._names[number]}"
        help_text = "Entries that passed a stage unchanged because it failed for them"
        self._context.counter("kmon_process_stage_errors_total", help_text, ["stage"]).labels(name).inc()
        if (number, type(error)) not in self._reported:
            self._reported.add((number, type(error)))
            text = "%s fails for some entries, they pass it unchanged; only the first is reported"
            self._context.logger.error(text, name, exc_info=error)

    def held(self) -> int:
        return sum(stage.held() for stage in self.stages)

    def due(self) -> float | None:
        return min((due for stage in self.stages if (due := stage.due()) is not None), default=None)

    def expire(self, now: float | None) -> Iterator[Frame]:
        """What stages held until `now` (None: everything), each through the stages that come after its own."""
        for number, stage in enumerate(self.stages):
            for frame in stage.expire(now):
                yield self.process(frame, number + 1)


def _built(name: str, number: int, body: Mapping[str, Any], context: Context) -> Stage[Any]:
    try:
        return build(name, body, context)
    except ComponentError as error:
        path = f"stage.{name}[{number}]"
        raise ComponentError(str(error), f"{path}.{error.attribute}" if error.attribute else path) from None
