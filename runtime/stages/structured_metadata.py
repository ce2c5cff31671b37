"""stage.structured_metadata"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import numpy as np

from runtime.component import ComponentError
from runtime.signals.columns import ABSENT, Coded, Column, Text, merge, texts
from runtime.stages.extracted import LabelValues
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.text_regex import TextRegex

_MOSTLY_DISTINCT = 4


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    values: dict[str, str | None] | None = None
    regex: str = ""


@stage("structured_metadata", arguments=Arguments)
class StructuredMetadata(Stage[Arguments]):
    """Puts extracted values and labels into structured metadata; `values` maps a field to its source, `regex` takes every
    name that it is found in.

    A label that is taken wins over an extracted value of the name, and is removed. An absent or null value sets nothing;
    a field that exists is replaced.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.values and not arguments.regex:
            raise ComponentError("`values` or `regex` is missing, name what becomes structured metadata")
        self._sources = {name: source or name for name, source in (arguments.values or {}).items()}
        self._regex = TextRegex(arguments.regex, "regex") if arguments.regex else None

    def process(self, frame: Frame) -> Frame:
        labels = LabelValues(frame.streams, frame.stream)
        metadata = dict(frame.metadata)
        gone: set[str] = set()
        for name, source in self._sources.items():
            _set(metadata, name, frame.extracted.get(source))
        for name in self._matching(frame.extracted.names()):
            _set(metadata, name, frame.extracted.get(name))
        for name, source in self._sources.items():
            _set(metadata, name, labels.get(source))
            gone.add(source)
        for name in self._matching(labels.names()):
            _set(metadata, name, labels.get(name))
            gone.add(name)
        frame = replace(frame, metadata=metadata)
        if not any(name in stream for stream in frame.streams for name in gone):
            return frame
        return frame.map_streams(lambda stream: stream.without(gone))

    def _matching(self, names: Iterable[str]) -> list[str]:
        if self._regex is None:
            return []
        return [name for name in sorted(names) if self._regex.found(name)]


def _set(metadata: dict[str, Column], name: str, column: Column | None) -> None:
    column = _without_null(column)
    if column is not None:
        before = metadata.get(name)
        metadata[name] = column if before is None else merge(column, before)


def _without_null(column: Column | None) -> Column | None:
    """The column with null as absent; None when nothing is left. Mostly distinct texts become a text column."""
    match column:
        case None | Text():
            return column
        case Coded(values, codes):
            if not (codes >= 0).any():
                return None
            if len(values) > 64 and len(values) * _MOSTLY_DISTINCT > len(codes):
                return Text(texts(column))
            if None not in values:
                return column
            kept = np.array([ABSENT if value is None else code for code, value in enumerate(values)], np.int32)
            codes = np.where(codes >= 0, kept[codes], ABSENT).astype(np.int32, copy=False)
            return Coded(values, codes) if (codes >= 0).any() else None
