"""Lines of cells, aligned by elastic tab stops, as Go's `text/tabwriter` does for Alloy's formatter.

A cell that is followed by another one belongs to a column: the cells of that column in the lines directly above and
below share a width. Leading empty cells are the indentation and are printed as tabs of eight.
"""

from __future__ import annotations

__all__ = ["Columns"]

_TAB = 8


class Columns:
    """Collects text line by line; `lines` counts the line breaks that were written, those inside of texts too."""

    def __init__(self) -> None:
        self.lines = 0
        self._done: list[str] = []
        self._rows: list[list[str]] = []
        self._row: list[str] | None = None

    @property
    def empty(self) -> bool:
        return not self._done and not self._rows and self._row is None

    def write(self, text: str, indent: int) -> None:
        """Append to the current cell; the first text of a line is indented."""
        if self._row is None:
            self._row = [""] * indent + [""]
        self._row[-1] += text
        self.lines += text.count("\n")

    def write_lines(self, text: str, indent: int) -> None:
        """Append a text whose inner lines stand for themselves: they end the columns of the line where it begins."""
        first, *rest = text.split("\n")
        self.write(first, indent)
        for line in rest:
            self.end_line()
            self._row = [line]

    def end_cell(self, indent: int) -> None:
        if self._row is None:
            self._row = [""] * indent + [""]
        self._row.append("")

    def end_line(self, *, end_columns: bool = False) -> None:
        self.lines += 1
        self._rows.append(self._row or [])
        self._row = None
        if end_columns or len(self._rows[-1]) <= 1:
            self._flush()

    def text(self) -> str:
        if self._row is not None:
            self._rows.append(self._row)
            self._row = None
        self._flush()
        return "\n".join(self._done)

    def _flush(self) -> None:
        rows = self._rows
        if len(rows) == 1 and rows[0] and (not rows[0][0] or len(rows[0]) == 1):
            self._done.append(_line(rows[0], [_width(cell) for cell in rows[0][:-1]]))
        elif rows:
            widths = _widths(rows)
            self._done.extend(map(_line, rows, widths))
        self._rows = []


def _width(cell: str) -> int:
    return len(cell) + 1


def _widths(rows: list[list[str]]) -> list[list[int]]:
    """The width of each cell but the last one of each row."""
    widths = [[_width(cell) for cell in row[:-1]] for row in rows]
    for column in range(max(map(len, widths))):
        first = 0
        while first < len(rows):
            end, widest = first, 0
            while end < len(rows) and column < len(widths[end]):
                widest = max(widest, widths[end][column])
                end += 1
            for row in range(first, end):
                widths[row][column] = widest
            first = max(end, first + 1)
    return widths


def _line(row: list[str], widths: list[int]) -> str:
    if not any(row):
        return ""
    parts: list[str] = []
    indentation = True
    for cell, width in zip(row, widths, strict=False):
        if cell or not indentation:
            indentation = False
            parts.append(cell.ljust(width))
        else:
            parts.append("\t" * -(-width // _TAB))
    parts.append(row[-1])
    return "".join(parts)
