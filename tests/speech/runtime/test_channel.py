"""Channels: bounded, closable, each overflow policy, and cancellation on either side."""

from __future__ import annotations

import asyncio

import pytest
from virtual_time import virtual_time

from warmline.speech.runtime.channel import Channel, ChannelClosed, Overflow


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@virtual_time
async def test_items_come_out_in_order_and_iteration_ends_when_closed_and_empty() -> None:
    channel: Channel[int] = Channel(3)
    for item in (1, 2, 3):
        await channel.put(item)
    await channel.close()
    assert [item async for item in channel] == [1, 2, 3]
    assert channel.closed
    assert len(channel) == 0


@virtual_time
async def test_a_full_channel_makes_the_putter_wait() -> None:
    channel: Channel[int] = Channel(1)
    await channel.put(1)
    waiting = asyncio.create_task(channel.put(2))
    await settle()
    assert not waiting.done()
    assert await channel.get() == 1
    await waiting
    assert await channel.get() == 2
    assert channel.dropped == 0


@pytest.mark.parametrize(("overflow", "kept"), [(Overflow.DROP_OLDEST, [3, 4]), (Overflow.DROP_NEWEST, [1, 2])])
@virtual_time
async def test_dropping_is_counted(overflow: Overflow, kept: list[int]) -> None:
    channel: Channel[int] = Channel(2, overflow)
    for item in (1, 2, 3, 4):
        await channel.put(item)
    assert channel.dropped == 2
    await channel.close()
    assert [item async for item in channel] == kept


@virtual_time
async def test_a_closed_channel_takes_nothing_more() -> None:
    channel: Channel[int] = Channel(1)
    await channel.close()
    with pytest.raises(ChannelClosed):
        await channel.put(1)
    with pytest.raises(ChannelClosed):
        await channel.get()


@virtual_time
async def test_closing_wakes_everybody_who_waits() -> None:
    channel: Channel[int] = Channel(1)
    getters = [asyncio.create_task(channel.get()) for _ in range(3)]
    await settle()
    await channel.close()
    results = await asyncio.gather(*getters, return_exceptions=True)
    assert all(isinstance(result, ChannelClosed) for result in results)

    full: Channel[int] = Channel(1)
    await full.put(1)
    putter = asyncio.create_task(full.put(2))
    await settle()
    await full.close()
    with pytest.raises(ChannelClosed):
        await putter
    assert await full.get() == 1


@virtual_time
async def test_a_cancelled_getter_loses_no_item() -> None:
    channel: Channel[int] = Channel(4)
    first = asyncio.create_task(channel.get())
    second = asyncio.create_task(channel.get())
    await settle()
    first.cancel()
    await channel.put(7)
    assert await second == 7
    with pytest.raises(asyncio.CancelledError):
        await first
    await channel.put(8)
    assert await channel.get() == 8


@virtual_time
async def test_a_cancelled_putter_puts_nothing() -> None:
    channel: Channel[int] = Channel(1)
    await channel.put(1)
    putter = asyncio.create_task(channel.put(2))
    await settle()
    putter.cancel()
    await settle()
    assert await channel.get() == 1
    assert len(channel) == 0


@virtual_time
async def test_many_producers_and_consumers_lose_and_double_nothing() -> None:
    channel: Channel[int] = Channel(2)
    got: list[int] = []

    async def produce(start: int) -> None:
        for item in range(start, start + 20):
            await channel.put(item)
            await asyncio.sleep(0.001 * (item % 3))

    async def consume() -> None:
        async for item in channel:
            got.append(item)
            await asyncio.sleep(0.002)

    consumers = [asyncio.create_task(consume()) for _ in range(3)]
    await asyncio.gather(*(produce(start) for start in (0, 20, 40)))
    await channel.close()
    await asyncio.gather(*consumers)
    assert sorted(got) == list(range(60))


def test_a_channel_needs_room() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Channel(0)
