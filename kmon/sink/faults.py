"""How the sink misbehaves: slowness, outages, errors and connection resets, repeatable by their seed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["Faults", "Outage", "Verdict"]

_RESETS = 0.3
"""The part of random failures that are connection resets; the others answer 503."""

Verdict: TypeAlias = int | Literal["reset"] | None
"""A status to answer with, `reset` to cut the connection without an answer, None to serve the delivery."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Down for the first `seconds` after the start; with `every`, for the first `seconds` of each such period."""

    seconds: float = 0.0
    every: float | None = None

    def covers(self, age: float) -> bool:
        return (age % self.every if self.every else age) < self.seconds


@dataclass(slots=True)
class Faults:
    """`fail` is a probability, `latency` seconds before each answer, `statuses` answer the first that get through.

    `counts` says how many deliveries met which fault: `down`, `reset` or a status.
    """

    fail: float = 0.0
    latency: float = 0.0
    outage: Outage = field(default_factory=Outage)
    statuses: tuple[int, ...] = ()
    seed: int | None = None
    clock: Callable[[], float] = time.monotonic
    counts: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(init=False)
    _started: float = field(init=False)
    _rest: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._started = self.clock()
        self._rest = list(reversed(self.statuses))

    def judge(self) -> Verdict:
        """What happens to the next delivery; asked once for each."""
        if self.outage.covers(self.clock() - self._started):
            self.counts["down"] += 1
            return "reset"
        if self.fail and self._random.random() < self.fail:
            reset = self._random.random() < _RESETS
            self.counts["reset" if reset else "503"] += 1
            return "reset" if reset else 503
        if self._rest:
            self.counts[str(self._rest[-1])] += 1
            return self._rest.pop()
        return None
