"""A source works on while its reader is busy, and is closed whichever of them ends first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from virtual_time import virtual_time

from warmline.speech.runtime.ahead import ahead


async def _counting(made: list[float], error: Exception | None = None, most: int = 4) -> AsyncGenerator[int, None]:
    loop = asyncio.get_running_loop()
    try:
        for number in range(most):
            await asyncio.sleep(1.0)
            made.append(loop.time())
            yield number
        if error is not None:
            raise error
    finally:
        made.append(-1.0)


@virtual_time
async def test_a_slow_reader_does_not_hold_up_the_source_and_gets_everything_in_order() -> None:
    made: list[float] = []
    got: list[int] = []
    async with aclosing(ahead(_counting(made))) as items:
        async for item in items:
            got.append(item)
            await asyncio.sleep(10.0)
    assert got == [0, 1, 2, 3]
    assert made == [1.0, 2.0, 3.0, 4.0, -1.0], "written in four seconds, closed then, read in forty"


@virtual_time
async def test_the_source_waits_when_too_much_lies_ready() -> None:
    made: list[float] = []
    async with aclosing(ahead(_counting(made, most=9), room=2)) as items:
        assert await anext(items) == 0
        await asyncio.sleep(60.0)
        assert len(made) == 4, "one was read, two lie ready, one waits to be put there"


@virtual_time
async def test_a_reader_who_leaves_closes_the_source() -> None:
    made: list[float] = []
    async with aclosing(ahead(_counting(made))) as items:
        assert await anext(items) == 0
    assert made == [1.0, -1.0]
    assert len(asyncio.all_tasks()) == 1


@virtual_time
async def test_what_the_source_raises_comes_after_what_it_gave() -> None:
    async with aclosing(ahead(_counting([], ValueError("on purpose"), most=2))) as items:
        assert [await anext(items), await anext(items)] == [0, 1]
        with pytest.raises(ValueError, match="on purpose"):
            await anext(items)
