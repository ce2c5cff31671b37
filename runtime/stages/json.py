"""stage.json"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from runtime.component import ComponentError
from runtime.signals.columns import ABSENT, Coded, Column, Mask, encode_values, texts
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text import gojson
from runtime.text.jmes import FAILED, Expression
from runtime.text.jsonlines import MALFORMED, Objects
from runtime.text.text_regex import TextRegex

_SCALARS = (str, float, int, bool, type(None))
_REASON = "malformed_json"


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    expressions: dict[str, str] | None = None
    regex: str = ""
    source: str | None = None
    drop_malformed: bool = False


@stage("json", arguments=Arguments)
class Json(Stage[Arguments]):
    """Extracts values of a JSON object, the line or the extracted value of `source`.

    `expressions` maps a name to a JMESPath expression (empty: the name itself), `regex` takes every top-level key that it
    is found in. Texts, numbers, booleans and null keep their type, objects and arrays become JSON text; a path that leads
    nowhere is null. What is no JSON object passes unchanged, or ends with `drop_malformed` (without counting in
    `loki_process_dropped_lines_total`, as in Alloy).
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.expressions and not arguments.regex:
            raise ComponentError("`expressions` or `regex` is missing, name what to extract")
        if arguments.source == "":
            raise ComponentError("`source` is empty, leave it out to read the line", "source")
        self._expressions = {
            name: Expression(text or name, "expressions") for name, text in (arguments.expressions or {}).items()
        }
        self._regex = TextRegex(arguments.regex, "regex") if arguments.regex else None
        plain = [expression.path[0] for expression in self._expressions.values() if expression.path is not None]
        self._is_plain = self._regex is None and len(plain) == len(self._expressions)
        fields = {key: f"f{i}" for i, key in enumerate(dict.fromkeys(plain))}
        self._readers = {key: attrgetter(field) for key, field in fields.items()}
        self._objects = Objects(_struct(fields) if self._is_plain else dict)

    def process(self, frame: Frame) -> Frame:
        own = self.arguments.source is None
        decoded = self._objects.decode(frame.line) if own else self._decode_source(frame)
        columns = self._plain_columns(decoded) if self._is_plain else self._columns(decoded)
        frame = replace(frame, extracted=frame.extracted.with_columns(columns))
        if self.arguments.drop_malformed:
            sound = np.array([value is not MALFORMED for value in decoded], np.bool_)
            self.context.drop(int(len(sound) - sound.sum()), _REASON, silent=True)
            frame = frame.where(sound)
        return frame

    def _decode_source(self, frame: Frame) -> list[Any]:
        column = frame.extracted.get(self.arguments.source or "")
        if column is None:
            return [None] * len(frame)
        if isinstance(column, Coded):
            distinct = self._objects.decode(texts(Coded(column.values, np.arange(len(column.values), dtype=np.int32))))
            distinct.append(None)
            return [distinct[code] for code in column.codes.tolist()]
        return self._objects.decode(column.array)

    def _plain_columns(self, decoded: Sequence[Any]) -> dict[str, Column]:
        """Every expression is a path of keys: the struct has one field for each first key."""
        sound, rows = _sound(decoded)
        if not sound:
            return {}
        columns: dict[str, Column] = {}
        for name, expression in self._expressions.items():
            assert expression.path is not None
            values = list(map(self._readers[expression.path[0]], sound))
            walk = expression.below()
            columns[name] = _column(values if walk is None else list(map(walk, values)), rows, len(decoded))
        return columns

    def _columns(self, decoded: Sequence[Any]) -> dict[str, Column]:
        sound, rows = _sound(decoded)
        if not sound:
            return {}
        columns: dict[str, Column] = {}
        for name, expression in self._expressions.items():
            columns[name] = _column([expression.search(one) for one in sound], rows, len(decoded))
        if self._regex is not None:
            for key in dict.fromkeys(key for one in sound for key in one):
                if self._regex.found(key):
                    columns[key] = _column([one.get(key, FAILED) for one in sound], rows, len(decoded))
        return columns


def _struct(fields: dict[str, str]) -> type:
    return msgspec.defstruct(
        "Fields",
        [(field, Any, None) for field in fields.values()],
        rename={f: key for key, f in fields.items()},
        gc=False,
    )


def _sound(decoded: Sequence[Any]) -> tuple[list[Any], Any]:
    """The objects, and their entries' numbers (None: all of them)."""
    sound = [one for one in decoded if one is not None and one is not MALFORMED]
    if len(sound) == len(decoded):
        return sound, None
    return sound, np.array([i for i, one in enumerate(decoded) if one is not None and one is not MALFORMED], np.int64)


def _column(values: list[Any], rows: Any, entries: int) -> Coded:
    kinds = set(map(type, values))
    if not kinds <= set(_SCALARS):
        keep: Mask = np.array([value is not FAILED for value in values], np.bool_)
        values = [gojson.dumps(value) if isinstance(value, dict | list) else value for value in values]
        if not keep.all():
            rows = np.flatnonzero(keep) if rows is None else rows[keep]
            values = [value for value in values if value is not FAILED]
    column = encode_values(values)
    if rows is None:
        return column
    codes = np.full(entries, ABSENT, np.int32)
    codes[rows] = column.codes
    return Coded(column.values, codes)
