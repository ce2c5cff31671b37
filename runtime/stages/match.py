"""stage.match"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from runtime.component import ComponentError
from runtime.signals.columns import Mask
from runtime.stages._streams import Remembered
from runtime.stages.extracted import LabelsOver, LabelValues
from runtime.stages.frame import Frame, join
from runtime.stages.pipeline import Pipeline
from runtime.stages.stage import Context, Stage, stage
from runtime.text.selector import Selector, parse_selector

_REASON = "match_stage"
_KEEP, _DROP = "keep", "drop"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """`stage` holds the nested `stage.*` blocks in the written order, as in the component."""

    selector: str
    action: str = ""
    pipeline_name: str = ""
    drop_counter_reason: str = ""
    stage: list[tuple[str, dict[str, Any]]] = []


@stage("match", arguments=Arguments)
class Match(Stage[Arguments]):
    """Runs nested stages on the entries that `selector` matches, or drops those (`action = "drop"`); others pass unchanged.

    The selector is a LogQL stream selector with line filters. Matchers are asked once per label set, filters run in native
    code. Nested stages see the labels as they are at that point as extracted values. The order of entries is kept.
    `pipeline_name` has no effect, as in Alloy.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if arguments.action not in ("", _KEEP, _DROP):
            raise ComponentError(f"`{arguments.action}` is no action, use `keep` or `drop`", "action")
        self._drops = arguments.action == _DROP
        if self._drops and arguments.stage:
            raise ComponentError('a block with `action = "drop"` takes no stages, remove them', "action")
        if not self._drops and not arguments.stage:
            raise ComponentError("a stage to run on matching entries is missing, add a `stage.*` block")
        self._selector: Selector = parse_selector(arguments.selector, "selector")
        self._selected = Remembered(self._selector.matches)
        self._pipeline = Pipeline(arguments.stage, context)

    def process(self, frame: Frame) -> Frame:
        mask = self._mask(frame)
        if not mask.any():
            return frame
        if self._drops:
            self.context.drop(int(mask.sum()), self.arguments.drop_counter_reason or _REASON)
            return frame.where(~mask)
        if mask.all():
            return self._nested(frame)
        chosen = self._nested(frame.where(mask))
        rest = frame.where(~mask)
        return join([chosen, rest], frame.delivery) if len(chosen) else rest

    def _mask(self, frame: Frame) -> Mask:
        table = np.array([self._selected(labels) for labels in frame.streams], np.bool_)
        mask: Mask = table[frame.stream]
        if self._selector.filters and mask.any():
            if mask.all():
                return self._selector.filtered(frame.line)
            rows = np.flatnonzero(mask)
            mask[rows] = self._selector.filtered(frame.take(rows).line)
        return mask

    def _nested(self, frame: Frame) -> Frame:
        labels = LabelValues(frame.streams, frame.stream)
        return self._pipeline.process(replace(frame, extracted=LabelsOver(frame.extracted, labels)))

    def held(self) -> int:
        return self._pipeline.held()

    def due(self) -> float | None:
        return self._pipeline.due()

    def expire(self, now: float | None) -> list[Frame]:
        return list(self._pipeline.expire(now))
