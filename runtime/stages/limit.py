"""stage.limit"""

from __future__ import annotations

import time
from itertools import pairwise

import msgspec
import numpy as np
from prometheus_client import Counter

from runtime.component import ComponentError
from runtime.signals.columns import coded
from runtime.stages.extracted import LabelValues
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage, stage

_REASON = "ratelimit_drop_stage"
_FEWEST_BUCKETS = 10_000


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    rate: float
    burst: int
    drop: bool = False
    by_label_name: str = ""
    max_distinct_labels: int = 0


class _Bucket:
    """A token for each entry: `burst` at most, `rate` more a second."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = float(burst), time.monotonic()

    def _fill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._tokens + (now - self._at) * self._rate, self._burst)
        self._at = now

    def take(self, entries: int) -> int:
        """How many of the entries there are tokens for."""
        self._fill()
        taken = min(entries, int(self._tokens))
        self._tokens -= taken
        return taken

    def wait(self, entries: int) -> float:
        """The seconds until there are tokens for all of the entries; they count as taken."""
        self._fill()
        self._tokens -= entries
        return max(-self._tokens / self._rate, 0.0)


@stage("limit", arguments=Arguments)
class Limit(Stage[Arguments]):
    """Lets `rate` entries a second pass, and `burst` at once. What is more waits, and with it the source; or ends, with `drop`.

    With `by_label_name` each value of that label has a limit of its own, and entries without the label have none; the values
    that came last are remembered, `max_distinct_labels` of them or 10,000, whichever is more.
    Differs from Alloy: what waits does so batch by batch, not entry by entry.
    """

    def __init__(self, context: Context, arguments: Arguments) -> None:
        super().__init__(context, arguments)
        for name, value in (("rate", arguments.rate), ("burst", arguments.burst)):
            if value <= 0:
                raise ComponentError(f"`{name}` must be above 0", name)
        if arguments.by_label_name and not arguments.drop:
            raise ComponentError("`by_label_name` needs `drop = true`", "by_label_name")
        self._bucket = _Bucket(arguments.rate, arguments.burst)
        self._most = max(arguments.max_distinct_labels, _FEWEST_BUCKETS)
        self._buckets: dict[str, _Bucket] = {}
        self._older: dict[str, _Bucket] = {}

    def process(self, frame: Frame) -> Frame:
        if self.arguments.by_label_name:
            return self._by_label(frame)
        if self.arguments.drop:
            passed = self._bucket.take(len(frame))
            self.context.drop(len(frame) - passed, _REASON)
            return frame.take(np.arange(passed))
        self.context.delay += self._bucket.wait(len(frame))
        return frame

    def _by_label(self, frame: Frame) -> Frame:
        name = self.arguments.by_label_name
        column = LabelValues(frame.streams, frame.stream).get(name)
        if column is None:
            return frame
        keep, known = np.ones(len(frame), np.bool_), coded(column)
        order = np.argsort(known.codes, kind="stable")
        bounds = np.flatnonzero(np.diff(known.codes[order], prepend=-2, append=-2)).tolist()
        for begin, end in pairwise(bounds):
            code = known.codes[order[begin]]
            if code < 0:
                continue
            value = str(known.values[code])
            gone = order[begin + self._of(value).take(end - begin) : end]
            if len(gone):
                keep[gone] = False
                self._by_value(value).inc(len(gone))
        self.context.drop(int(len(keep) - keep.sum()), _REASON)
        return frame.where(keep)

    def _by_value(self, value: str) -> Counter:
        help_text = "A count of all log lines dropped by a limit, by label"
        labels = ("label_name", "label_value")
        counter = self.context.counter("loki_process_dropped_lines_by_label_total", help_text, labels)
        return counter.labels(self.arguments.by_label_name, value)

    def _of(self, value: str) -> _Bucket:
        """Two generations: the older one goes when the newer one is full."""
        found = self._buckets.get(value)
        if found is None:
            if len(self._buckets) >= self._most:
                self._older, self._buckets = self._buckets, {}
            found = self._older.pop(value, None) or _Bucket(self.arguments.rate, self.arguments.burst)
            self._buckets[value] = found
        return found
