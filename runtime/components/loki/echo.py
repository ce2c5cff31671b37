"""loki.echo"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from runtime.component import Component, Options
from runtime.registry import component
from runtime.signals.columns import Coded, Column, Text
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import Receiver
from runtime.wire.loki_encode import labels_text, value_text


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Exports(msgspec.Struct, frozen=True):
    receiver: LogsReceiver


@component("loki.echo", arguments=Arguments, exports=Exports)
class Echo(Component[Arguments]):
    """Writes every entry it receives to the process' own log, at level info; for looking, not for production."""

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._account = options.services.ledger.account(options.id)
        options.export(Exports(Receiver(self.push, options.id)))

    async def push(self, batch: LogBatch) -> None:
        """The entries end here: logged is delivered."""
        self._account.take(len(batch))
        texts = [labels_text(labels).decode("utf-8", "replace") for labels in batch.streams]
        columns = [(name, list(_texts(column))) for name, column in batch.metadata.items()]
        for row, line in enumerate(batch.line.to_pylist()):
            metadata = {name: values[row] for name, values in columns if values[row] is not None}
            fields = {
                "labels": texts[int(batch.stream[row])],
                "entry": line.decode("utf-8", "replace"),
                "entry_timestamp": _rfc3339(int(batch.timestamp[row])),
                "structured_metadata": msgspec.json.encode(metadata).decode(),
            }
            self.options.logger.info("received log entry", extra={"fields": fields})
        self._account.pass_on(len(batch))
        batch.delivery.done()


def _texts(column: Column) -> Iterator[str | None]:
    match column:
        case Coded(values, codes):
            known = [_text(value_text(value)) for value in values]
            return (None if code < 0 else known[code] for code in codes.tolist())
        case Text(array):
            return map(_text, array.to_pylist())


def _text(value: Any) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")


def _rfc3339(nanoseconds: int) -> str:
    """RFC 3339 with as many digits of the second as it has, as Go's RFC3339Nano prints UTC."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    digits = f"{fraction:09d}".rstrip("0")
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + (f".{digits}" if digits else "") + "Z"
