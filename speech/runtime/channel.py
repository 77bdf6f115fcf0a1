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
        self._watching: list[asyncio.Future[None]] = []
        self._closed = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def closed(self) -> bool:
        return self._closed

    async def put(self, item: T) -> None:
        """Add ``item``. Raises :class:`ChannelClosed` after :meth:`close`."""
        while self._overflow is Overflow.WAIT and not self._closed and len(self._items) >= self._capacity:
            await self._change()
        if self._closed:
            raise ChannelClosed
        if len(self._items) >= self._capacity:
            self.dropped += 1
            if self._overflow is Overflow.DROP_NEWEST:
                return
            self._items.popleft()
        self._items.append(item)
        self._tell()

    async def close(self) -> None:
        self._closed = True
        self._tell()

    async def get(self) -> T:
        """Take the oldest item. Raises :class:`ChannelClosed` when closed and empty."""
        while not self._items:
            if self._closed:
                raise ChannelClosed
            await self._change()
        item = self._items.popleft()
        self._tell()
        return item

    async def _change(self) -> None:
        """Until something was put, taken or closed. No lock as in asyncio.Condition: all runs on one loop, and this
        runs for every packet of every call."""
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watching.append(told)
        try:
            await told
        except asyncio.CancelledError:
            self._watching = [other for other in self._watching if other is not told]
            raise

    def _tell(self) -> None:
        watching, self._watching = self._watching, []
        for told in watching:
            if not told.done():
                told.set_result(None)

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            try:
                yield await self.get()
            except ChannelClosed:
                return
