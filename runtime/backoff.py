"""Waiting longer from one failure to the next."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds between attempts at what fails: doubled each time up to `longest`, with a third of jitter."""

    first: float = 1.0
    longest: float = 60.0

    def delays(self) -> Iterator[float]:
        delay = self.first
        while True:
            yield delay * random.uniform(2 / 3, 4 / 3)  # no secret
            delay = min(delay * 2, self.longest)
