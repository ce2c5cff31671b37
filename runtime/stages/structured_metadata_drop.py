"""stage.structured_metadata_drop"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from runtime.component import ComponentError
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: list[str]


@stage("structured_metadata_drop", arguments=Arguments)
class StructuredMetadataDrop(Stage[Arguments]):
    """Removes the named fields of structured metadata; extracted values stay."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one field", "values")
        self._names = frozenset(arguments.values)

    def process(self, frame: Frame) -> Frame:
        return replace(frame, metadata={n: column for n, column in frame.metadata.items() if n not in self._names})
