"""stage.regex"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from runtime.component import ComponentError
from runtime.signals.columns import Coded, Column, Text, coded, text_of, texts
from runtime.stages.frame import Frame
from runtime.stages.grouping import Relabeller
from runtime.stages.stage import Context, Stage, stage
from runtime.text.regex import Pattern


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    expression: str
    source: str | None = None
    labels_from_groups: bool = False


@stage("regex", arguments=Arguments)
class Regex(Stage[Arguments]):
    """Extracts the named groups of the first match in the line, or in the extracted value of `source`.

    A group that took no part is the empty text; without a match nothing changes. `labels_from_groups` sets labels of the
    groups' names, too. The expression runs in native code over the whole batch, once for each distinct value of a source.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.expression:
            raise ComponentError("`expression` is empty, write an RE2 expression with named groups", "expression")
        if arguments.source == "":
            raise ComponentError("`source` is empty, leave it out to search the line", "source")
        self._pattern = Pattern(arguments.expression, "expression")
        self._relabeller = Relabeller()

    def process(self, frame: Frame) -> Frame:
        source = Text(frame.line) if self.arguments.source is None else frame.extracted.get(self.arguments.source)
        if source is None or not self._pattern.names:
            return frame
        groups = self._groups(source)
        frame = replace(frame, extracted=frame.extracted.with_columns(groups))
        if self.arguments.labels_from_groups:
            columns = [coded(column) for column in groups.values()]
            frame = self._relabeller.apply(frame, tuple(groups), columns, text_of)
        return frame

    def _groups(self, source: Column) -> dict[str, Column]:
        match source:
            case Text(array):
                return {name: Text(group) for name, group in self._pattern.extract(array).groups.items()}
            case Coded(values):
                distinct = texts(Coded(values, np.arange(len(values), dtype=np.int32)))
                found = self._pattern.extract(distinct).groups
                return {name: _spread(Text(group).coded(), source) for name, group in found.items()}


def _spread(distinct: Coded, source: Coded) -> Coded:
    """A column with one value for each of the source's values becomes one with a value for each entry."""
    table = np.append(distinct.codes, np.int32(-1))
    return Coded(distinct.values, table[source.codes])
