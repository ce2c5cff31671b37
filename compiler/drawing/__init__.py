"""Pictures of a graph: JSON, Mermaid, DOT and SVG, each from the same diagram of boxes, frames and lines.

unfold.py      the resolved graph → the diagram, modules folded or open, findings at their boxes
diagram.py     the diagram
layout/        where everything stands
svg.py, …      one file a format
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from compiler.drawing.diagram import Diagram
from compiler.drawing.unfold import TooManyBoxesError, unfold

__all__ = ["Diagram", "DrawingFormat", "TooManyBoxesError", "draw", "unfold"]


class DrawingFormat(StrEnum):
    """What a diagram is drawn as."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """What the names of such files end in."""
        return "mmd" if self is DrawingFormat.MERMAID else self.value


def draw(diagrams: Sequence[Diagram], form: DrawingFormat, title: str) -> str:
    """The text of one picture that holds all `diagrams`; the same input gives the same text."""
    match form:
        case DrawingFormat.MERMAID:
            from compiler.drawing.mermaid import to_mermaid  # noqa: PLC0415 - only what is asked for

            return to_mermaid(diagrams)
        case DrawingFormat.DOT:
            from compiler.drawing.dot import to_dot  # noqa: PLC0415

            return to_dot(diagrams)
        case DrawingFormat.SVG:
            from compiler.drawing.svg import to_svg  # noqa: PLC0415

            return to_svg(diagrams, title)
        case DrawingFormat.JSON:
            from compiler.drawing.as_json import to_json  # noqa: PLC0415

            return to_json(diagrams)
