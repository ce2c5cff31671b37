"""What holds in every test of the runtime."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runtime.ledger import Ledger


@pytest.fixture(autouse=True)
def balanced_books(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test did to a component: its books balance in the end."""
    ledgers: list[Ledger] = []
    begin = Ledger.__init__

    def remember(ledger: Ledger) -> None:
        begin(ledger)
        ledgers.append(ledger)

    monkeypatch.setattr(Ledger, "__init__", remember)
    yield
    off = {account.component: account.imbalance for ledger in ledgers for account in ledger if account.imbalance}
    assert off == {}, "records that are neither passed on, dropped, merged, returned nor held"
