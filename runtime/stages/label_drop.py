"""stage.label_drop"""

from __future__ import annotations

import msgspec

from runtime.component import ComponentError
from runtime.signals.labels import Labels
from runtime.stages._streams import Remembered
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: list[str]


@stage("label_drop", arguments=Arguments)
class LabelDrop(Stage[Arguments]):
    """Removes the named labels; extracted values stay."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one label", "values")
        self._names = frozenset(arguments.values)
        self._changed = Remembered(self._change)

    def process(self, frame: Frame) -> Frame:
        return frame.map_streams(self._changed)

    def _change(self, labels: Labels) -> Labels:
        return labels.without(self._names)
