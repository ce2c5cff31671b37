"""Stages in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runtime.component import ComponentError
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, build

__all__ = ["Pipeline", "StageBlock"]

StageBlock = tuple[str, dict[str, Any]]
"""A block's name without `stage.`, and its decoded body with only what was written; blocks of `match` stand under `stage`."""


class Pipeline:
    """Raises `ComponentError` for a stage that is refused; the attribute is `stage.json[1].expressions`, counted from 0
    among the stages of that name."""

    def __init__(self, blocks: Sequence[StageBlock], context: Context) -> None:
        self.stages: list[Stage[Any]] = []
        counts: dict[str, int] = {}
        for name, body in blocks:
            number = counts[name] = counts.get(name, -1) + 1
            self.stages.append(_built(name, number, body, context))

    def process(self, frame: Frame, after: int = 0) -> Frame:
        """The frame after all stages from number `after` on."""
        for stage in self.stages[after:]:
            if not len(frame):
                break
            frame = stage.process(frame)
        return frame

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
