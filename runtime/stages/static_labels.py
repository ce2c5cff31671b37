"""stage.static_labels"""

from __future__ import annotations

import msgspec

from runtime.component import ComponentError
from runtime.signals.labels import Labels
from runtime.stages._streams import Remembered
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: dict[str, str | None]


@stage("static_labels", arguments=Arguments)
class StaticLabels(Stage[Arguments]):
    """Sets labels to fixed values; empty and null ones are passed over. The extracted map does not see them."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one label", "values")
        if "" in arguments.values:
            raise ComponentError("a label of `values` has no name", "values")
        self._values = {name: value for name, value in arguments.values.items() if value}
        self._changed = Remembered(self._change)

    def process(self, frame: Frame) -> Frame:
        return frame.map_streams(self._changed) if self._values else frame

    def _change(self, labels: Labels) -> Labels:
        return labels.with_labels(self._values)
