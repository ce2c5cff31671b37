"""The books of the process: for every component, in = out + dropped(reason) + in flight, in records.

A component books what it takes, passes on, and drops, each once for a batch. `held` is what it keeps back by intention
(a partial line, a queue); it is read when the books are closed. Whoever multiplies records (fan-out to n receivers) books
what it *takes* and what it *passes on to each*: `copies` beyond the first are booked as taken too, so the books balance.
Whoever makes one record of n (partial lines, multiline blocks) books the n-1 that live on inside another as merged.
Records that leave without being acknowledged, so that their source reads them again, are booked as returned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

__all__ = ["Account", "Ledger"]


class Account:
    """The books of one component, or of one `endpoint` of it, in records."""

    __slots__ = ("component", "dropped", "endpoint", "held", "merged", "passed", "returned", "taken")

    def __init__(self, component: str, held: Callable[[], int], endpoint: str = "") -> None:
        self.component = component
        self.endpoint = endpoint
        self.taken = 0
        self.passed = 0
        self.merged = 0
        self.returned = 0
        self.dropped: Counter[str] = Counter()
        self.held = held

    def take(self, records: int) -> None:
        self.taken += records

    def pass_on(self, records: int) -> None:
        self.passed += records

    def drop(self, records: int, reason: str) -> None:
        """Count records that end here; `reason` is a word of the component's documentation."""
        if records:
            self.dropped[reason] += records

    def merge(self, records: int) -> None:
        """Count records that became part of another one."""
        self.merged += records

    def give_back(self, records: int) -> None:
        """Count records that are let go of unacknowledged."""
        self.returned += records

    @property
    def imbalance(self) -> int:
        """Zero, or there is a bug."""
        return self.taken - self.passed - self.dropped.total() - self.merged - self.returned - self.held()


class Ledger:
    """All accounts of the process, by component id and endpoint."""

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}

    def account(self, component: str, held: Callable[[], int] = lambda: 0, endpoint: str = "") -> Account:
        """The account of `component`, or of one endpoint of it; one that exists goes on, with the new `held`, so that a
        restart keeps the books."""
        account = self._accounts.get((component, endpoint))
        if account is None:
            account = self._accounts[component, endpoint] = Account(component, held, endpoint)
        else:
            account.held = held
        return account

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())
