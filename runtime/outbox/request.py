"""What an outbox carries, and what can become of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.signals.delivery import Delivery

__all__ = ["Backoff", "Delivered", "Loss", "Outcome", "Refused", "Request", "Retry"]


@dataclass(frozen=True, slots=True)
class Request:
    """One encoded request: `body` as it is sent, `headers` only what differs between requests of one endpoint (a
    tenant).

    `records` is what the ledger counts, `raw_bytes` the size before compression. `deliveries` holds one branch of each
    batch that has records in here; the outbox calls `done()` on each of them once.
    """

    body: bytes
    headers: Mapping[str, str]
    records: int
    raw_bytes: int
    deliveries: tuple[Delivery, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again, not before `after` seconds (the destination's Retry-After) where given. `reason` is what a drop
    would be counted as, `detail` is for the log."""

    reason: str
    after: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The destination will never take it: dropped, counted as `reason`."""

    reason: str
    detail: str = ""


Outcome = Delivered | Retry | Refused


@dataclass(frozen=True, slots=True)
class Loss:
    """Records that will never arrive. `size` is the bytes of their bodies."""

    headers: Mapping[str, str]
    requests: int
    records: int
    size: int
    reason: str


_LONGEST_ASKED = 3600.0
"""A destination may ask for a pause, but not for ever."""


@dataclass(slots=True)
class Backoff:
    """Jittered exponential backoff over consecutive failures; times in seconds."""

    minimum: float
    maximum: float
    failures: int = 0

    def next(self, asked: float | None) -> float:
        """One more failure: seconds to wait, at least what the destination asked for."""
        self.failures += 1
        ceiling = min(self.maximum, self.minimum * 2.0 ** min(self.failures, 32))
        wait = random.uniform(max(min(self.minimum, self.maximum), ceiling / 2), max(ceiling, self.minimum))
        wait = min(wait, self.maximum)
        return wait if asked is None else max(wait, min(asked, _LONGEST_ASKED))

    def reset(self) -> None:
        self.failures = 0
