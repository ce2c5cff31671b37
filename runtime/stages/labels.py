"""stage.labels"""

from __future__ import annotations

import msgspec

from runtime.component import ComponentError
from runtime.signals.columns import Coded, coded, text_of
from runtime.stages.frame import Frame
from runtime.stages.grouping import Relabeller
from runtime.stages.stage import Context, Stage, stage

_SOURCE_TYPES = ("extracted", "structured_metadata")


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: dict[str, str | None]
    source_type: str = ""


@stage("labels", arguments=Arguments)
class LabelsStage(Stage[Arguments]):
    """Sets labels from extracted values, or from structured metadata; `values` maps a label to its source.

    An empty or null source means the label's own name. An absent or null value leaves the label as it was. Labels are
    worked out once per combination of values.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values:
            raise ComponentError("`values` is empty, name at least one label", "values")
        if "" in arguments.values:
            raise ComponentError("a label of `values` has no name", "values")
        if arguments.source_type not in ("", *_SOURCE_TYPES):
            choices = " or ".join(f"`{choice}`" for choice in _SOURCE_TYPES)
            raise ComponentError(f"`{arguments.source_type}` is no source type, use {choices}", "source_type")
        self._from_metadata = arguments.source_type == "structured_metadata"
        self._sources = {label: source or label for label, source in arguments.values.items()}
        self._relabeller = Relabeller()

    def process(self, frame: Frame) -> Frame:
        found: dict[str, Coded] = {}
        for label, source in self._sources.items():
            column = frame.metadata.get(source) if self._from_metadata else frame.extracted.get(source)
            if column is not None:
                found[label] = coded(column)
        return self._relabeller.apply(frame, tuple(found), list(found.values()), text_of)
