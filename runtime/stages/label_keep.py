"""stage.label_keep"""

from __future__ import annotations

import msgspec

from runtime.component import ComponentError
from runtime.signals.labels import Labels
from runtime.stages._streams import StreamStage
from runtime.stages.stage import Context, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: list[str]


@stage("label_keep", arguments=Arguments)
class LabelKeep(StreamStage[Arguments]):
    """Removes all labels but the named ones, `__tenant_id__` too; extracted values stay."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one label", "values")
        self._names = frozenset(arguments.values)

    def change(self, labels: Labels) -> Labels:
        return Labels([pair for pair in labels.pairs if pair[0] in self._names])
