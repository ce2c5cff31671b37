"""stage.label_drop"""

from __future__ import annotations

import msgspec

from runtime.component import ComponentError
from runtime.signals.labels import Labels
from runtime.stages._streams import StreamStage
from runtime.stages.stage import Context, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: list[str]


@stage("label_drop", arguments=Arguments)
class LabelDrop(StreamStage[Arguments]):
    """Removes the named labels; extracted values stay."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one label", "values")
        self._names = frozenset(arguments.values)

    def change(self, labels: Labels) -> Labels:
        return labels.without(self._names)
