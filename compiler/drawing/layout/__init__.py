"""Where everything of a diagram stands: a layered layout from left to right, as Sugiyama, Tagawa and Toda describe it.

    compose.py     frames inside of frames, each a layered drawing of its own
    layered.py     one drawing: columns, order inside of them, coordinates, routes
    columns.py     circles cut, a column for each vertex, waypoints for lines that pass columns
    crossings.py   the order inside the columns
    heights.py     the coordinates inside the columns
    shelves.py     drawings that are not connected, side by side

Nothing here knows a colour or a font. Lengths are in pixels, x to the right, y down. The same input gives the same output.
"""

from compiler.drawing.layout.compose import Layout, Rect, Route, Sizes, lay_out

__all__ = ["Layout", "Rect", "Route", "Sizes", "lay_out"]
