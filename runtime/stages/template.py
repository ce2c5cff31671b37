"""stage.template"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec
import numpy as np

from runtime.component import ComponentError
from runtime.signals.columns import ABSENT, Coded, Codes, Column, Mask, Text, coded, text_of
from runtime.stages.extracted import Extracted
from runtime.stages.frame import Frame
from runtime.stages.grouping import group
from runtime.stages.stage import Context, Stage, stage
from runtime.text.template import Template, TemplateError

_VALUE, _ENTRY = "Value", "Entry"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    template: str


@stage("template", arguments=Arguments)
class TemplateStage(Stage[Arguments]):
    """Renders a Go template into the extracted value of `source`, which is made when it is not there.

    The template sees all extracted values as texts (null as missing), the one of `source` as `.Value` and the line as
    `.Entry`. An empty result removes the value; a template that fails leaves it. It is rendered once per combination of
    the values that it looks at. Sprig's functions that reach outside (environment, network, clock, chance) are left out.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.source:
            raise ComponentError("`source` is empty, name the extracted value to make", "source")
        self._template = Template(arguments.template, "template")

    def process(self, frame: Frame) -> Frame:
        columns = self._data(frame)
        names = tuple(columns)
        if columns:
            numbers, combinations = group(
                [c.codes for c in columns.values()], [len(c.values) for c in columns.values()]
            )
        else:
            numbers, combinations = np.zeros(len(frame), np.int32), [[]]
        texts = [[text_of(value) for value in column.values] for column in columns.values()]
        results: list[str | None] = []
        for codes in combinations:
            chosen = {
                name: text
                for name, code, known in zip(names, codes, texts, strict=True)
                if code >= 0 and (text := known[code]) is not None
            }
            results.append(self._rendered(chosen))
        return self._changed(frame, numbers, results)

    def _data(self, frame: Frame) -> dict[str, Coded]:
        """The columns that the template looks at, by the names that it knows them by."""
        source = self.arguments.source
        wanted = self._template.fields
        names = sorted(frame.extracted.names()) if wanted is None else sorted(wanted)
        found: dict[str, Column | None] = {name: frame.extracted.get(name) for name in names}
        if wanted is None or _VALUE in wanted:
            found[_VALUE] = frame.extracted.get(source) or found.get(_VALUE)
        if wanted is None or _ENTRY in wanted:
            found[_ENTRY] = Text(frame.line)
        return {name: coded(column) for name, column in found.items() if column is not None}

    def _rendered(self, data: Mapping[str, str]) -> str | None:
        """None when the template fails."""
        try:
            return self._template.render(data)
        except TemplateError as error:
            self.context.logger.debug("a template failed", extra={"fields": {"err": str(error)}})
            return None

    def _changed(self, frame: Frame, numbers: Codes, results: list[str | None]) -> Frame:
        source = self.arguments.source
        failed = [number for number, result in enumerate(results) if result is None]
        table = np.array([number if result else ABSENT for number, result in enumerate(results)], np.int32)
        made = Coded(tuple(results), table[numbers])
        column: Column = _kept(frame.extracted, source, made, np.isin(numbers, failed)) if failed else made
        return replace(frame, extracted=frame.extracted.replaced({source: column}))


def _kept(extracted: Extracted, name: str, column: Coded, where: Mask) -> Column:
    """The column, with what the entries had before for those that `where` is true for."""
    before = extracted.get(name)
    if before is None:
        return column
    old = coded(before)
    shifted = np.where(old.codes >= 0, old.codes + len(column.values), ABSENT)
    return Coded(column.values + old.values, np.where(where, shifted, column.codes).astype(np.int32))
