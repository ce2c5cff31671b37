"""Diagrams as SVG."""

from compiler.drawing.svg.document import to_svg

__all__ = ["to_svg"]
