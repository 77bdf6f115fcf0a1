"""Tests on a clock that jumps (:mod:`warmline.server.bench.virtual_time`): minutes of a call in milliseconds.

@virtual_time
async def test_a_minute() -> None:
    await asyncio.sleep(60)
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from warmline.server.bench.virtual_time import Stuck, VirtualTimeLoop, run

__all__ = ["Stuck", "VirtualTimeLoop", "finishes_within", "run", "virtual_time"]

T = TypeVar("T")
P = ParamSpec("P")


def virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Make a coroutine function a plain one that runs on virtual time; fixtures and parameters stay as they are."""

    @functools.wraps(test)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        return run(test(*args, **kwargs))

    return wrapped


async def finishes_within(seconds_s: float, work: Awaitable[T]) -> T:
    """The result of ``work``; fails with TimeoutError when it takes longer on the loop's clock."""
    async with asyncio.timeout(seconds_s):
        return await work
