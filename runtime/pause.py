"""Waiting for an event, but not for ever."""

from __future__ import annotations

import asyncio

__all__ = ["happens"]


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Whether `event` is set within `seconds`. `asyncio.wait_for` is no way to do it: in Python 3.11 it swallows a
    cancellation that comes together with the event, and the component never ends."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
