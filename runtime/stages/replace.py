"""stage.replace"""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from runtime.component import ComponentError
from runtime.signals.columns import Coded, Column, Text, coded, text_of, texts, to_bytes
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.binary import put
from runtime.text.regex import Pattern
from runtime.text.template import Template, TemplateError


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    expression: str
    source: str = ""
    replace: str = ""


@stage("replace", arguments=Arguments)
class Replace(Stage[Arguments]):
    """Replaces what the capture groups of every match hold, in the line or in the extracted value of `source`.

    `replace` is a Go template that sees the captured text as `.Value` and the extracted values. Text outside of groups
    stays; a group inside another is not replaced again; an expression without groups changes nothing. Named groups are
    extracted with what replaced them. Native code finds the entries that have a match at all.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.expression:
            raise ComponentError("`expression` is empty, write an RE2 expression with a capture group", "expression")
        self._pattern = Pattern(arguments.expression, "expression")
        self._template = Template(arguments.replace, "replace")

    def process(self, frame: Frame) -> Frame:
        source = self.arguments.source
        column = frame.extracted.get(source) if source else Text(frame.line)
        if column is None or not self._pattern.compiled.groups:
            return frame
        array = texts(column)
        if self._template.constant is not None and self._pattern.replaces_natively:
            array = self._pattern.replace_group(array, to_bytes(self._template.constant))
            return self._with(frame, array, {})
        rows = np.flatnonzero(self._pattern.search(array)).tolist()
        if not rows:
            return frame
        data = self._data(frame)
        results: list[bytes] = []
        named: dict[str, list[tuple[int, bytes]]] = {}
        changed: list[int] = []
        for row in rows:
            values = {name: text for name, column in data.items() if (text := _at(column, row)) is not None}
            done = self._replaced(array[row].as_py(), values)
            if done is not None:
                changed.append(row)
                results.append(done[0])
                for name, value in done[1].items():
                    named.setdefault(name, []).append((row, value))
        nothing = pa.nulls(len(frame), pa.binary())
        groups: dict[str, Column] = {
            name: Text(put(nothing, [row for row, _ in found], [value for _, value in found]))
            for name, found in named.items()
        }
        return self._with(frame, put(array, changed, results), groups)

    def _with(self, frame: Frame, array: Any, groups: dict[str, Column]) -> Frame:
        if not self.arguments.source:
            return dataclasses.replace(frame, line=array, extracted=frame.extracted.with_columns(groups))
        columns = {self.arguments.source: Text(array), **groups}
        return dataclasses.replace(frame, extracted=frame.extracted.with_columns(columns))

    def _data(self, frame: Frame) -> dict[str, Coded]:
        """The columns that the template looks at."""
        wanted = self._template.fields
        names = frame.extracted.names() if wanted is None else wanted
        return {name: coded(column) for name in names if (column := frame.extracted.get(name)) is not None}

    def _replaced(self, text: bytes, data: dict[str, str]) -> tuple[bytes, dict[str, bytes]] | None:
        """The new text, and the named groups' values; None when the template fails."""
        out: list[bytes] = []
        by_text: dict[bytes, bytes] = {}
        at, first = 0, None
        try:
            for match in self._pattern.compiled.finditer(text):
                first = first or match
                for number in range(1, self._pattern.compiled.groups + 1):
                    start, end = match.span(number)
                    if start < 0:
                        continue
                    captured = text[start:end]
                    new = self._rendered(captured, data)
                    if start >= at:
                        out += (text[at:start], new)
                        at = end
                    by_text[captured] = new
        except TemplateError as error:
            self.context.logger.debug("a template failed", extra={"fields": {"err": str(error)}})
            return None
        if first is None:
            return None
        out.append(text[at:])
        groups = self._pattern.compiled.groupindex
        named = {
            name: by_text[first.group(groups[name])] for name in self._pattern.names if first.start(groups[name]) >= 0
        }
        return b"".join(out), named

    def _rendered(self, captured: bytes, data: dict[str, str]) -> bytes:
        if self._template.constant is not None:
            return to_bytes(self._template.constant)
        values: dict[str, Any] = {**data, "Value": captured.decode("utf-8", "surrogateescape")}
        return to_bytes(self._template.render(values))


def _at(column: Coded, row: int) -> str | None:
    code = column.codes[row]
    return None if code < 0 else text_of(column.values[code])
