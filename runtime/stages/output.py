"""stage.output"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pyarrow.compute as pc

from runtime.component import ComponentError
from runtime.signals.columns import texts
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    source: str


@stage("output", arguments=Arguments)
class Output(Stage[Arguments]):
    """Makes the extracted value of `source` the line; where there is none, or null, the line stays."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.source:
            raise ComponentError("`source` is empty, name the extracted value that becomes the line", "source")

    def process(self, frame: Frame) -> Frame:
        column = frame.extracted.get(self.arguments.source)
        if column is None:
            return frame
        line = texts(column)
        return replace(frame, line=pc.coalesce(line, frame.line) if line.null_count else line)
