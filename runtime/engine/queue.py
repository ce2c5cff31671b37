"""The dirty queue: whose exports changed since the queue was drained last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

__all__ = ["DirtyQueue"]

T = TypeVar("T", bound=Hashable)


class DirtyQueue(Generic[T]):
    """A set that remembers the order of insertion. What is in it already is not put in a second time."""

    def __init__(self) -> None:
        self._items: dict[T, float] = {}
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        self._items.setdefault(item, time.monotonic())
        self._filled.set()

    def drain(self) -> Mapping[T, float]:
        """Everything in the queue, oldest first, with the monotonic time since when it was in; the queue is empty
        afterwards.
        """
        items, self._items = self._items, {}
        self._filled.clear()
        return items

    async def wait(self) -> None:
        """Returns when there is something to drain."""
        await self._filled.wait()
