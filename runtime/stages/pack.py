"""stage.pack"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np
import pyarrow as pa

from runtime.component import ComponentError
from runtime.signals.columns import Coded, coded, text_of
from runtime.signals.labels import Labels
from runtime.stages.frame import Frame
from runtime.stages.grouping import group
from runtime.stages.stage import Context, Stage, stage
from runtime.text import gojson

_ENTRY = "_entry"
_STRAY = re.compile("[\udc80-\udcff]")


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    labels: list[str]
    ingest_timestamp: bool = True


@stage("pack", arguments=Arguments)
class Pack(Stage[Arguments]):
    """Makes the line a JSON object of the extracted values of `labels` (labels are extracted when a pipeline begins) and, as
    `_entry`, of the line; the labels of these names are removed.

    `ingest_timestamp` sets the time of now, so that entries of streams that become one are in order.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.labels:
            raise ComponentError("`labels` is empty, name at least one", "labels")
        self._names = sorted(set(arguments.labels))

    def process(self, frame: Frame) -> Frame:
        columns = {name: coded(found) for name in self._names if (found := frame.extracted.get(name)) is not None}
        numbers, combinations = group(
            [frame.stream, *(column.codes for column in columns.values())],
            [len(frame.streams), *(len(column.values) for column in columns.values())],
        )
        streams: list[Labels] = []
        heads: list[bytes] = []
        for first, *codes in combinations:
            packed = _packed(columns, codes)
            streams.append(frame.streams[first].without(packed))
            fields = "".join(f"{gojson.quoted(name)}:{_quoted(text)}," for name, text in packed.items())
            heads.append(f'{{{fields}"{_ENTRY}":'.encode())
        lines = [
            heads[number] + _quoted(line.decode("utf-8", "surrogateescape")).encode() + b"}"
            for number, line in zip(numbers.tolist(), frame.line.to_pylist(), strict=True)
        ]
        packed_frame = replace(frame, streams=tuple(streams), stream=numbers, line=pa.array(lines, pa.binary()))
        if not self.arguments.ingest_timestamp:
            return packed_frame
        # A nanosecond apart: Loki takes equal lines of one time for one.
        return replace(packed_frame, timestamp=np.arange(len(frame), dtype=np.int64) + time.time_ns())


def _packed(columns: dict[str, Coded], codes: Sequence[int]) -> dict[str, str]:
    texts = {
        name: text_of(column.values[code])
        for (name, column), code in zip(columns.items(), codes, strict=True)
        if code >= 0
    }
    return {name: text for name, text in texts.items() if text is not None}


def _quoted(text: str) -> str:
    """Go writes a byte that is not UTF-8 as an escape."""
    return _STRAY.sub(r"\\ufffd", gojson.quoted(text))
