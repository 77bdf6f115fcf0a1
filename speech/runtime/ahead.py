"""A source that works on while whoever reads it is busy with what it gave already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")

ROOM: Final = 16
"""Items that may lie ready; the source waits while so many do."""


@dataclass(frozen=True, slots=True)
class _Over:
    error: BaseException | None = None


async def ahead(source: AsyncGenerator[T, None], room: int = ROOM) -> AsyncGenerator[T, None]:
    """The items of ``source``, which is read by a task of its own and closed there, as soon as it is over or this is
    closed. Raises what it raises. Consume inside ``aclosing``."""
    ready: asyncio.Queue[T | _Over] = asyncio.Queue(room)
    reading = asyncio.create_task(_read(source, ready), name="ahead")
    try:
        while not isinstance(item := await ready.get(), _Over):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        reading.cancel()
        await asyncio.wait({reading})


async def _read(source: AsyncGenerator[T, None], ready: asyncio.Queue[T | _Over]) -> None:
    try:
        async with aclosing(source) as items:
            async for item in items:
                await ready.put(item)
    except Exception as error:  # noqa: BLE001 - raised again where the items are read
        await ready.put(_Over(error))
    else:
        await ready.put(_Over())
