"""loki.relabel"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
from prometheus_client import Counter, Gauge

from runtime.component import Component, Options
from runtime.registry import component
from runtime.relabel import Rule, Rules
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import Receiver, fan_out


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    forward_to: list[LogsReceiver | None]
    rule: list[Rule] = []
    max_cache_size: int = 10000


class Exports(msgspec.Struct, frozen=True):
    receiver: LogsReceiver
    rules: Rules


@component("loki.relabel", arguments=Arguments, exports=Exports)
class Relabel(Component[Arguments]):
    """Applies relabelling rules to the labels of entries and forwards those that are kept and still have a label.

    Rules run once per distinct label set; `max_cache_size` bounds how many results are remembered.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._rules = Rules(arguments.rule)
        self._cache: dict[Labels, Labels | None] = {}
        self._account = options.services.ledger.account(options.id)
        registry = options.metrics
        self._processed = Counter("loki_relabel_entries_processed", "Entries that came in", registry=registry)
        self._written = Counter("loki_relabel_entries_written", "Entries that were passed on", registry=registry)
        self._hits = Counter("loki_relabel_cache_hits", "Label sets whose result was remembered", registry=registry)
        self._misses = Counter("loki_relabel_cache_misses", "Label sets that the rules ran for", registry=registry)
        self._size = Gauge("loki_relabel_cache_size", "Label sets remembered", registry=registry)
        self._receiver = Receiver(self.push, options.id)
        options.export(Exports(self._receiver, self._rules))

    async def update(self, arguments: Arguments) -> None:
        if arguments.rule != self.arguments.rule:
            self._rules = Rules(arguments.rule)
            self._cache.clear()
        self.arguments = arguments
        self.options.export(Exports(self._receiver, self._rules))

    async def push(self, batch: LogBatch) -> None:
        self._account.take(len(batch))
        self._processed.inc(len(batch))
        results = [self._relabelled(labels) for labels in batch.streams]
        if None in results:
            alive = np.array([labels is not None for labels in results], bool)[batch.stream]
            self._account.drop(int(len(batch) - alive.sum()), "relabel")
            batch = batch.take(np.flatnonzero(alive))
        kept = tuple(Labels() if labels is None else labels for labels in results)
        self._written.inc(len(batch))
        batch = replace(batch, streams=kept)
        await fan_out(batch, lambda: self.arguments.forward_to, self._account, self.options.logger)

    def _relabelled(self, labels: Labels) -> Labels | None:
        """The new labels; None when a rule drops the entry or no label is left."""
        if labels in self._cache:
            self._hits.inc()
            return self._cache[labels]
        self._misses.inc()
        changed = self._rules.for_records.apply(labels)
        result = Labels(changed) if changed else None
        if len(self._cache) >= max(self.arguments.max_cache_size, 1):
            self._cache.pop(next(iter(self._cache)))
        self._cache[labels] = result
        self._size.set(len(self._cache))
        return result
