"""stage.drop"""

from __future__ import annotations

import time

import msgspec
import numpy as np

from compiler.evaluate.types import ByteSize, Duration
from runtime.component import ComponentError
from runtime.signals.columns import Coded, Column, Mask, Text, absent, coded, present, text_of
from runtime.stages.frame import Frame
from runtime.stages.grouping import group
from runtime.stages.stage import Context, Stage, stage
from runtime.text.binary import lengths
from runtime.text.regex import Pattern

_REASON = "drop_stage"
_SEPARATOR = ";"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    drop_counter_reason: str = ""
    source: str = ""
    value: str = ""
    separator: str = ""
    expression: str = ""
    older_than: Duration = Duration(0)
    longer_than: ByteSize = ByteSize(0)


@stage("drop", arguments=Arguments)
class Drop(Stage[Arguments]):
    """Drops entries for which everything that is given holds, counted under `drop_counter_reason`.

    `longer_than`: the line has more bytes. `older_than`: the timestamp lies further back. `source` alone: every name of the
    list, split at commas, is extracted. `source` with `value` or `expression`: the extracted values, joined with
    `separator`, are the value, or the expression is found in them. `expression` alone is searched for in the line.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if arguments.value and arguments.expression:
            raise ComponentError("`value` and `expression` exclude each other, keep one", "value")
        if arguments.value and not arguments.source:
            raise ComponentError("`value` needs a `source` to compare it with", "value")
        if not (arguments.source or arguments.expression or arguments.older_than or arguments.longer_than):
            raise ComponentError(
                "a criterion is missing, give at least one of: `source`, `expression`, `older_than`, `longer_than`"
            )
        self._sources = arguments.source.split(",") if arguments.source else []
        self._pattern = Pattern(arguments.expression, "expression") if arguments.expression else None

    def process(self, frame: Frame) -> Frame:
        arguments = self.arguments
        dropped = np.ones(len(frame), np.bool_)
        if arguments.longer_than:
            dropped &= lengths(frame.line) > int(arguments.longer_than)
        if arguments.older_than:
            dropped &= frame.timestamp < time.time_ns() - int(arguments.older_than)
        if self._sources and dropped.any():
            dropped &= self._by_source(frame)
        elif self._pattern is not None and dropped.any():
            dropped &= self._pattern.search(frame.line)
        self.context.drop(int(dropped.sum()), arguments.drop_counter_reason or _REASON)
        return frame.where(~dropped)

    def _by_source(self, frame: Frame) -> Mask:
        columns = [frame.extracted.get(name) for name in self._sources]
        filled = [absent(len(frame)) if column is None else column for column in columns]
        if self._pattern is None and not self.arguments.value:
            every: Mask = np.logical_and.reduce([present(column) for column in filled])
            return every
        joined = _joined(filled, self.arguments.separator or _SEPARATOR)
        if self._pattern is not None:
            return self._pattern.search_column(joined)
        wanted = self.arguments.value
        table = np.array([*(text == wanted for text in joined.values), False], np.bool_)
        return table[joined.codes]


def _joined(columns: list[Column], separator: str) -> Coded:
    """The texts of the columns, joined once for each combination; a null in any of them leaves the entry without one."""
    if len(columns) == 1 and isinstance(columns[0], Text):
        only = columns[0].coded()
        return Coded((*only.values, ""), np.where(only.codes < 0, len(only.values), only.codes).astype(np.int32))
    distinct = [coded(column) for column in columns]
    numbers, combinations = group([column.codes for column in distinct], [len(column.values) for column in distinct])
    values: list[str | None] = []
    for codes in combinations:
        found = [text_of(column.values[code]) for column, code in zip(distinct, codes, strict=True) if code >= 0]
        values.append(None if None in found else separator.join(text for text in found if text is not None))
    return Coded(tuple(values), numbers)
