"""stage.truncate"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from compiler.evaluate.types import ByteSize
from runtime.component import ComponentError
from runtime.signals.columns import ABSENT, Coded, Column, Mask, Text, Value, coded, text_of, to_bytes
from runtime.signals.labels import Labels
from runtime.stages._streams import Remembered
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.binary import lengths

_LINE, _LABEL, _METADATA, _EXTRACTED = "line", "label", "structured_metadata", "extracted"
_TYPES = (_LINE, _LABEL, _METADATA, _EXTRACTED)
_TRUNCATED = "truncated"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    limit: ByteSize
    suffix: str = ""
    sources: list[str] | None = None
    source_type: str = _LINE


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    rule: list[Rule] = []


@stage("truncate", arguments=Arguments)
class Truncate(Stage[Arguments]):
    """Cuts what is longer than `limit` bytes, the `suffix` that it gets then included: the line, or labels, structured metadata
    or extracted texts, all of them or those that `sources` names.

    The extracted value `truncated` lists what was cut of an entry (`label,line`), `loki_process_truncated_fields_total` counts.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.rule:
            raise ComponentError("a `rule` block is missing, add one with a `limit`")
        for number, rule in enumerate(arguments.rule):
            _check(rule, f"rule[{number}]")
        help_text = "Fields that were truncated"
        self._count = context.counter("loki_process_truncated_fields_total", help_text, ["field"])
        self._cuts = [_Cut(rule) for rule in arguments.rule]

    def process(self, frame: Frame) -> Frame:
        kinds: dict[str, Mask] = {}
        for cut in self._cuts:
            frame, fields = cut.apply(frame)
            if fields.any():
                self._count.labels(cut.kind).inc(int(fields.sum()))
                kinds[cut.kind] = kinds.get(cut.kind, np.zeros(len(frame), np.bool_)) | (fields > 0)
        if not kinds:
            return frame
        return replace(frame, extracted=frame.extracted.with_columns({_TRUNCATED: _listed(frame, kinds)}))


class _Cut:
    """One rule."""

    def __init__(self, rule: Rule) -> None:
        self.kind = rule.source_type
        self._sources = rule.sources
        self._suffix = rule.suffix.encode()
        self._most = int(rule.limit) - len(self._suffix)
        self._labels = Remembered(self._cut_labels)

    def apply(self, frame: Frame) -> tuple[Frame, Any]:
        """The frame, and the number of fields that were cut of each entry."""
        match self.kind:
            case "line":
                long = lengths(frame.line) > self._most
                return replace(frame, line=self._cut_array(frame.line, long)), long.astype(np.int64)
            case "label":
                results = [self._labels(labels) for labels in frame.streams]
                counts = np.array([count for _, count in results], np.int64)
                return replace(frame, streams=tuple(labels for labels, _ in results)), counts[frame.stream]
            case "structured_metadata":
                columns, counts = self._cut_columns(dict(frame.metadata), len(frame))
                return replace(frame, metadata={**frame.metadata, **columns}), counts
            case _:
                names = self._sources or sorted(frame.extracted.names())
                found = {name: column for name in names if (column := frame.extracted.get(name)) is not None}
                columns, counts = self._cut_columns(found, len(frame))
                return replace(frame, extracted=frame.extracted.with_columns(columns)), counts

    def _chosen(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if not self._sources or name in self._sources]

    def _cut_labels(self, labels: Labels) -> tuple[Labels, int]:
        changes = {}
        for name in self._chosen(labels):
            cut = self._cut_value(labels[name])
            if cut != labels[name]:
                changes[name] = str(cut)
        return (labels.with_labels(changes) if changes else labels), len(changes)

    def _cut_columns(self, columns: dict[str, Column], entries: int) -> tuple[dict[str, Column], Any]:
        """The columns that changed."""
        counts = np.zeros(entries, np.int64)
        changed: dict[str, Column] = {}
        for name in self._chosen(columns):
            column = columns[name]
            match column:
                case Text(array):
                    long = pc.fill_null(pc.greater(pc.binary_length(array), self._most), False)
                    mask: Mask = long.to_numpy(zero_copy_only=False)
                    if mask.any():
                        changed[name] = Text(self._cut_array(array, mask))
                case Coded(values, codes):
                    cut = tuple(map(self._cut_value, values))
                    table = np.array([one is not value for one, value in zip(cut, values, strict=True)] + [False])
                    mask = table[codes]
                    if mask.any():
                        changed[name] = Coded(cut, codes)
            counts += mask
        return changed, counts

    def _cut_value(self, value: Value) -> Value:
        """Only texts are cut."""
        if not isinstance(value, str) or len(data := to_bytes(value)) <= self._most:
            return value
        return (data[: self._most] + self._suffix).decode("utf-8", "surrogateescape")

    def _cut_array(self, array: Any, long: Mask) -> Any:
        if not long.any():
            return array
        cut = pc.binary_slice(array, 0, self._most)
        ended = pc.binary_join_element_wise(cut, pa.scalar(self._suffix, pa.binary()), pa.scalar(b"", pa.binary()))
        return pc.if_else(pa.array(long), ended, array)


def _check(rule: Rule, block: str) -> None:
    if rule.limit <= 0:
        raise ComponentError("`limit` must be above 0", f"{block}.limit")
    if len(rule.suffix.encode()) >= rule.limit:
        raise ComponentError("`suffix` must be shorter than `limit`", f"{block}.suffix")
    if rule.source_type not in _TYPES:
        choices = ", ".join(f"`{choice}`" for choice in _TYPES)
        raise ComponentError(f"`{rule.source_type}` is no source type, use one of: {choices}", f"{block}.source_type")
    if rule.source_type == _LINE and rule.sources:
        raise ComponentError('`sources` has no meaning with `source_type = "line"`, remove it', f"{block}.sources")


def _listed(frame: Frame, kinds: dict[str, Mask]) -> Coded:
    """The kinds of each entry, sorted, with those of a stage before; absent where nothing was cut."""
    before = frame.extracted.get(_TRUNCATED)
    old = coded(before) if before is not None else Coded((), np.full(len(frame), ABSENT, np.int32))
    masks = list(kinds.values())
    index: dict[str, int] = {}
    codes = np.full(len(frame), ABSENT, np.int32)
    for row in np.flatnonzero(np.logical_or.reduce(masks)).tolist():
        known = text_of(old.values[old.codes[row]]) if old.codes[row] >= 0 else None
        names = {*(known.split(",") if known else ()), *(kind for kind, mask in kinds.items() if mask[row])}
        codes[row] = index.setdefault(",".join(sorted(names)), len(index))
    return Coded(tuple(index), codes)
