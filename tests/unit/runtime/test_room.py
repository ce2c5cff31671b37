from __future__ import annotations

import asyncio

from runtime.room import Room


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_does_not_fit_waits_in_turn() -> None:
    room = Room(10)
    first = await room.enter(8)
    big, small = asyncio.create_task(room.enter(9)), asyncio.create_task(room.enter(1))
    await settled()
    assert not big.done()
    assert not small.done(), "nobody overtakes"
    first.leave()
    first.leave()
    await asyncio.gather(big, small)
    assert room.held == 10


async def test_what_is_larger_than_the_room_enters_alone() -> None:
    room = Room(10)
    first = await room.enter(1)
    huge = asyncio.create_task(room.enter(100))
    await settled()
    assert not huge.done()
    first.leave()
    (await huge).leave()
    assert room.held == 0


async def test_who_gives_up_holds_nothing_and_lets_others_in() -> None:
    room = Room(10)
    first = await room.enter(10)
    gone, next_one = asyncio.create_task(room.enter(5)), asyncio.create_task(room.enter(6))
    await settled()
    gone.cancel()
    first.leave()
    (await next_one).leave()
    assert room.held == 0
