"""stage.decolorize"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.regex import Pattern

_BEGIN = r"[\x{1b}\x{9b}][\[\]()#;?]*"
_TITLE = r"(?:[a-zA-Z\d]*(?:;[a-zA-Z\d]*)*)?\x{07}"
_CODES = r"(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PRZcf-ntqry=><~]"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    pass


@stage("decolorize", arguments=Arguments)
class Decolorize(Stage[Arguments]):
    """Removes ANSI escape sequences from the line: colours, moves of the cursor, titles of windows."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        self._pattern = Pattern(f"{_BEGIN}(?:{_TITLE}|{_CODES})", "")

    def process(self, frame: Frame) -> Frame:
        return replace(frame, line=self._pattern.remove(frame.line))
