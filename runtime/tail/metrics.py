"""What an operator sees of the files: read from the tailers when somebody asks, so that reading pays nothing for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.tail.tailer import Tailer

__all__ = ["FileMetrics"]


class FileMetrics(Collector):
    """Alloy's metrics of `loki.source.file` and two of kmon's. Targets with the same path share their series."""

    def __init__(self, tailers: Callable[[], Iterable[Tailer]]) -> None:
        self._tailers = tailers
        self._abandoned: Counter[str] = Counter()

    def abandon(self, reason: str, size: int) -> None:
        self._abandoned[reason] += size

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        read: dict[str, int] = {}
        size: dict[str, int] = {}
        lag: dict[str, int] = defaultdict(int)
        lines: dict[str, int] = defaultdict(int)
        for tailer in self._tailers():
            lines[tailer.path] += tailer.lines
            for file in tailer.files:
                lag[tailer.path] += max(0, file.size - file.acknowledged.position) if file.stream is None else 0
            if tailer.files:
                last = tailer.files[-1]
                read[tailer.path], size[tailer.path] = last.offset, last.size
        yield _gauge("loki_source_file_read_bytes_total", "Offset up to which the file is read", read)
        yield _gauge("loki_source_file_file_bytes_total", "Size of the file", size)
        counter = CounterMetricFamily("loki_source_file_read_lines", "Lines that were read", labels=["path"])
        for path, value in lines.items():
            counter.add_metric([path], value)
        yield counter
        yield GaugeMetricFamily(
            "loki_source_file_files_active_total",
            "Files that are being followed",
            sum(tailer.following for tailer in self._tailers()),
        )
        yield _gauge("kmon_file_lag_bytes", "Bytes on disk that no destination owns yet", lag)
        lost = CounterMetricFamily("kmon_file_bytes_abandoned", "Bytes that were never read", labels=["reason"])
        for reason, value in self._abandoned.items():
            lost.add_metric([reason], value)
        yield lost


def _gauge(name: str, text: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=["path"])
    for path, value in values.items():
        family.add_metric([path], value)
    return family
