"""Who may compute now. On two cores, recognition, language model and voice slow each other down many times over
when they run at once, so heavy work takes turns on purpose: one job at a time, the most urgent first.

A long job (a language model writing) is submitted step by step, so that a more urgent one gets in between.
Knows nothing about what the jobs do.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from types import TracebackType
from typing import Protocol, Self, TypeVar

T = TypeVar("T")


class Lane(IntEnum):
    """Urgency of heavy work, most urgent first. LIVE is for jobs under about 5 ms and never waits for the others."""

    LIVE = 0
    FINAL = 1
    VOICE = 2
    REPLY = 3
    PARTIAL = 4
    BACKGROUND = 5


class Compute(Protocol):
    """Runs a function off the event loop. A cancelled caller leaves a running job to finish by itself: pass the
    job a :class:`~warmline.speech.runtime.cancel.CancelFlag` to poll."""

    async def run(self, lane: Lane, job: Callable[[], T], /) -> T: ...


class Cores:
    """One heavy job at a time, by lane and then in order of arrival; LIVE jobs have a thread of their own."""

    def __init__(self) -> None:
        self._live = ThreadPoolExecutor(1, thread_name_prefix="warmline-live")
        self._heavy = ThreadPoolExecutor(1, thread_name_prefix="warmline-heavy")
        self._busy = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    async def run(self, lane: Lane, job: Callable[[], T], /) -> T:
        loop = asyncio.get_running_loop()
        if lane is Lane.LIVE:
            return await loop.run_in_executor(self._live, job)
        await self._take_turn(lane)
        work = loop.run_in_executor(self._heavy, job)
        work.add_done_callback(lambda _: self._next())
        return await asyncio.shield(work)

    async def _take_turn(self, lane: Lane) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (lane, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next()
            raise

    def _next(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False

    def close(self) -> None:
        """Wait for running jobs and free the threads."""
        self._live.shutdown(wait=True, cancel_futures=True)
        self._heavy.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Inline:
    """Runs every job at once on the caller's loop: for tests on virtual time and for single commands."""

    async def run(self, lane: Lane, job: Callable[[], T], /) -> T:
        return job()

    def close(self) -> None:
        """Nothing to free."""
