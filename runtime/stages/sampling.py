"""stage.sampling"""

from __future__ import annotations

import msgspec
import numpy as np

from runtime.component import ComponentError
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    rate: float
    drop_counter_reason: str = "sampling_stage"


@stage("sampling", arguments=Arguments)
class Sampling(Stage[Arguments]):
    """Keeps each entry with the probability `rate`; the others are counted under `drop_counter_reason`."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not 0 <= arguments.rate <= 1:
            raise ComponentError(f"`rate` is {arguments.rate:g}, it must be from 0 to 1", "rate")
        self._chance = np.random.default_rng()
        context.dropped(arguments.drop_counter_reason)

    def process(self, frame: Frame) -> Frame:
        kept = self._chance.random(len(frame)) < self.arguments.rate
        self.context.drop(int(len(kept) - kept.sum()), self.arguments.drop_counter_reason)
        return frame.where(kept)
