"""Bytes in memory, bounded: who does not fit waits."""

from __future__ import annotations

import asyncio

__all__ = ["Room", "Share"]


class Room:
    """Room for `size` bytes. Who waits is let in, in turn; what is larger than all of it enters when nothing else is there."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._turn = asyncio.Lock()
        self._left = asyncio.Event()
        self.held = 0

    async def enter(self, size: int) -> Share:
        """Nothing is held when this is cancelled."""
        async with self._turn:
            while self.held and self.held + size > self._size:
                self._left.clear()
                await self._left.wait()
            self.held += size
            return Share(self, size)

    def _leave(self, size: int) -> None:
        self.held -= size
        self._left.set()


class Share:
    """What one holds of a room until `leave`; a second call does nothing."""

    __slots__ = ("_room", "_size")

    def __init__(self, room: Room, size: int) -> None:
        self._room = room
        self._size = size

    def leave(self) -> None:
        size, self._size = self._size, 0
        if size:
            self._room._leave(size)
