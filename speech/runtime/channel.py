"""A bounded queue between two tasks that can be closed and that states what happens when it is full."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Overflow(Enum):
    """What :meth:`Channel.put` does when the channel is full."""

    WAIT = "wait"
    DROP_OLDEST = "drop oldest"
    DROP_NEWEST = "drop newest"


class ChannelClosed(Exception):
    """The channel was closed; nothing more can be put."""


class Channel(Generic[T]):
    """Bounded, closable, for one event loop. Iterating ends when it is closed and empty.

    ``dropped`` counts the items that the overflow policy threw away.
    """

    def __init__(self, capacity: int, overflow: Overflow = Overflow.WAIT) -> None:
        if capacity < 1:
            raise ValueError("a channel holds at least one item")
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._overflow = overflow
        self._changed = asyncio.Condition()
        self._closed = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def closed(self) -> bool:
        return self._closed

    async def put(self, item: T) -> None:
        """Add ``item``. Raises :class:`ChannelClosed` after :meth:`close`."""
        async with self._changed:
            if self._overflow is Overflow.WAIT:
                await self._changed.wait_for(lambda: self._closed or len(self._items) < self._capacity)
            if self._closed:
                raise ChannelClosed
            if len(self._items) >= self._capacity:
                self.dropped += 1
                if self._overflow is Overflow.DROP_NEWEST:
                    return
                self._items.popleft()
            self._items.append(item)
            self._changed.notify_all()

    async def close(self) -> None:
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def get(self) -> T:
        """Take the oldest item. Raises :class:`ChannelClosed` when closed and empty."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or self._items)
            if not self._items:
                raise ChannelClosed
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            try:
                yield await self.get()
            except ChannelClosed:
                return
