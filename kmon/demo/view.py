"""What the demo shows while it runs: a live table on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kmon.demo.tally import Tally

__all__ = ["LinesView", "LiveView", "View", "make_view", "verdict"]

_LINE_EVERY_SECONDS = 2.0
_RATE_SECONDS = 3.0


class View(Protocol):
    """Used as a context; `show` is called several times a second."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, phase: str, tally: Tally, rotations: int) -> None: ...


def make_view(console: Console) -> View:
    return LiveView(console) if console.is_terminal else LinesView(console)


class _Rates:
    """Lines a second over the last seconds, by name."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: dict[object, deque[tuple[float, int]]] = {}

    def rate(self, name: object, value: int) -> float:
        samples = self._samples.setdefault(name, deque())
        now = self._clock()
        samples.append((now, value))
        while now - samples[0][0] > _RATE_SECONDS:
            samples.popleft()
        age = now - samples[0][0]
        return (value - samples[0][1]) / age if age > 0 else 0.0


class LiveView:
    """A table that fits 80 columns."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)
        self._rates = _Rates()
        self._start = time.monotonic()

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, phase: str, tally: Tally, rotations: int) -> None:
        head = Text.assemble(
            (f"{phase}", "bold"), (f"  {time.monotonic() - self._start:.0f} s, {rotations} rotations", "dim")
        )
        self._live.update(Group(head, self._table(tally)), refresh=True)

    def _table(self, tally: Tally) -> Table:
        table = Table(box=None, pad_edge=False, expand=False, show_footer=True, footer_style="bold")
        table.add_column("pod", footer="all", no_wrap=True, overflow="ellipsis", max_width=30)
        table.add_column("container", no_wrap=True, overflow="ellipsis", max_width=12)
        columns = (
            ("lines/s", f"{self._rates.rate(None, tally.arrived):,.0f}"),
            ("written", f"{tally.written:,}"),
            ("arrived", f"{tally.arrived:,}"),
            ("behind", f"{tally.lost:,}"),
        )
        for name, footer in columns:
            table.add_column(name, footer=footer, justify="right", no_wrap=True)
        for (pod, container), count in sorted(tally.counts.items()):
            rate = self._rates.rate((pod, container), count.arrived)
            style = "green" if count.waiting < max(2 * rate, 10) else "yellow"
            numbers = (
                f"{rate:,.0f}",
                f"{count.written:,}",
                f"{count.arrived:,}",
                Text(f"{count.waiting:,}", style=style),
            )
            table.add_row(pod, container, *numbers)
        return table


class LinesView:
    """For logs and pipes: one line every two seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rates = _Rates()
        self._start = self._next = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, phase: str, tally: Tally, rotations: int) -> None:
        rate, now = self._rates.rate(None, tally.arrived), time.monotonic()
        if now < self._next:
            return
        self._next = now + _LINE_EVERY_SECONDS
        text = (
            f"{now - self._start:3.0f} s {phase:<9}{rate:>7,.0f}/s  written {tally.written:,}  "
            f"arrived {tally.arrived:,}  behind {tally.lost:,}  rotated {rotations}"
        )
        self._console.print(text, highlight=False, soft_wrap=True)


def verdict(tally: Tally, rotations: int) -> Text:
    """The last line: what was written, and what became of it."""
    counts = (("lost", tally.lost), ("twice", tally.twice), ("changed", tally.changed), ("unknown", tally.strangers))
    text = Text(f"written {tally.written:,}  arrived {tally.arrived:,}")
    for name, number in counts:
        if number or name in ("lost", "twice"):
            text.append(f"  {name} {number:,}", style="bold red" if number else "")
    text.append(f"  ({rotations} rotations)\n", style="dim")
    if tally.clean:
        text.append("Every line arrived, once.", style="bold green")
    else:
        text.append("Not every line arrived as it was written, once.", style="bold red")
    return text
