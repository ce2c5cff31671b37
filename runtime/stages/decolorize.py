"""stage.decolorize"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.regex import Pattern

# The forms of ECMA-48: control sequences (colours, moves), strings up to their end (titles), and two-character escapes.
# A sequence may be cut off; final bytes of private use (`p` to `~`) stay, as does an escape before a space.
_SEQUENCE = r"(?:\x{1b}\[|\x{9b})[0-?]*[ -/]*[@-o]?"
_STRING = r"\x{1b}[\]PX^_][^\x{07}\x{1b}]*(?:\x{07}|\x{1b}\\)"
_ESCAPE = r"\x{1b}[!-/]*[0-~]"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    pass


@stage("decolorize", arguments=Arguments)
class Decolorize(Stage[Arguments]):
    """Removes escape sequences from the line: colours, moves of the cursor, titles of windows (ECMA-48, section 5.4)."""

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        self._pattern = Pattern("|".join((_SEQUENCE, _STRING, _ESCAPE)), "")

    def process(self, frame: Frame) -> Frame:
        return replace(frame, line=self._pattern.remove(frame.line))
