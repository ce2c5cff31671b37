"""stage.static_labels"""

from __future__ import annotations

import msgspec

from runtime.component import ComponentError
from runtime.signals.labels import Labels
from runtime.stages._streams import StreamStage
from runtime.stages.stage import Context, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: dict[str, str | None]


@stage("static_labels", arguments=Arguments)
class StaticLabels(StreamStage[Arguments]):
    """Sets labels to fixed values; empty and null ones are passed over. The extracted map does not see them."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one label", "values")
        if "" in arguments.values:
            raise ComponentError("a label of `values` has no name", "values")
        self._values = {name: value for name, value in arguments.values.items() if value}

    def change(self, labels: Labels) -> Labels:
        return labels.with_labels(self._values)
