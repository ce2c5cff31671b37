"""stage.logfmt"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pyarrow as pa

from runtime.component import ComponentError
from runtime.signals.columns import Column, Text, texts
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage
from runtime.text.logfmt import pairs
from runtime.text.text_regex import TextRegex


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    mapping: dict[str, str | None] | None = None
    source: str = ""
    regex: str = ""


@stage("logfmt", arguments=Arguments)
class Logfmt(Stage[Arguments]):
    """Extracts values of a logfmt line, the line or the extracted value of `source`.

    `mapping` maps a name to a key (empty: the name itself), `regex` takes every key that it is found in. Of a key that
    stands twice the last one counts. Where a line is no logfmt, what came before that is extracted.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        if not arguments.mapping and not arguments.regex:
            raise ComponentError("`mapping` or `regex` is missing, name what to extract")
        self._names: dict[bytes, list[str]] = {}
        for name, key in (arguments.mapping or {}).items():
            self._names.setdefault((key or name).encode(), []).append(name)
        self._regex = TextRegex(arguments.regex, "regex") if arguments.regex else None

    def process(self, frame: Frame) -> Frame:
        source = self.arguments.source
        column = frame.extracted.get(source) if source else Text(frame.line)
        if column is None:
            return frame
        found: dict[str, list[bytes | None]] = {}
        names: dict[bytes, list[str]] = {}
        for row, line in enumerate(texts(column).to_pylist()):
            if line is None:
                continue
            for key, value in pairs(line):
                if key not in names:
                    names[key] = self._wanted(key)
                for name in names[key]:
                    if name not in found:
                        found[name] = [None] * len(frame)
                    found[name][row] = value
        columns: dict[str, Column] = {name: Text(pa.array(values, pa.binary())) for name, values in found.items()}
        return replace(frame, extracted=frame.extracted.with_columns(columns))

    def _wanted(self, key: bytes) -> list[str]:
        """The names that a key is extracted under."""
        text, mapped = key.decode(), self._names.get(key, [])
        if self._regex is None or text in mapped or not self._regex.found(text):
            return mapped
        return [*mapped, text]
