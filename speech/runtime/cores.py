"""Who may compute now. On two cores, recognition, language model and voice slow each other down many times over
when they run at once, so heavy work takes turns on purpose: one job at a time, the most urgent first.

Three kinds of work:

- LIVE and VOICE jobs are short and run at once, each kind on a thread of its own; LIVE ones that come while others
  run go over together, because handing a job to a thread costs more than most of them.
- FINAL, PARTIAL and BACKGROUND jobs (recognition, tags) share one thread, by lane and then in order of arrival.
- A *writer* (a language model, which brings its own threads) holds :meth:`Compute.writing`. It waits for the
  running job and for queued FINAL jobs; while it writes, PARTIAL and BACKGROUND jobs wait but FINAL ones do not. Up to
  :data:`WRITERS` write at once: they share each pass over the weights. A READER is a writer for whom nobody waits yet:
  it begins only while no other writes, because what it reads would hold up each of their words.

Under load, then, what is dropped first is what can be: readers wait for writers, partials for both.

Knows nothing about what the jobs do.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import IntEnum
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from warmline.speech.runtime.cancel import Cancelled

T = TypeVar("T")


class Lane(IntEnum):
    """Urgency of work, most urgent first. LIVE is for jobs under about 5 ms, VOICE for about 50 ms on one thread."""

    LIVE = 0
    VOICE = 1
    FINAL = 2
    WRITER = 3
    READER = 4
    PARTIAL = 5
    BACKGROUND = 6


WRITERS: Final = 2
"""Of more than two, each would be slower than its voice speaks on two cores."""


_WRITES = frozenset({Lane.WRITER, Lane.READER})


class Compute(Protocol):
    """Runs functions off the event loop, and says when a writer may write."""

    async def run(self, lane: Lane, job: Callable[[], T], /) -> T:
        """Run ``job`` and return its result. A cancelled caller leaves a running job to finish by itself: pass the
        job a :class:`~warmline.speech.runtime.cancel.CancelFlag` to poll. Raises Cancelled where the cores were
        closed before the job began."""
        ...

    def writing(self, lane: Lane = Lane.WRITER, /) -> AbstractAsyncContextManager[None]:
        """Hold the cores for a language model's own threads, as WRITER or as READER."""
        ...

    def close(self) -> None: ...


class Cores:
    """One heavy job at a time, or up to ``writers`` writers, by lane and then in order of arrival."""

    def __init__(self, writers: int = WRITERS) -> None:
        self._writers = writers
        self._live = Together(ThreadPoolExecutor(1, thread_name_prefix="warmline-live"))
        self._voice = ThreadPoolExecutor(1, thread_name_prefix="warmline-voice")
        self._heavy = ThreadPoolExecutor(1, thread_name_prefix="warmline-heavy")
        self._job_running = False
        self._writing = 0
        self._closed = False
        self._order = itertools.count()
        self._waiting: list[tuple[Lane, int, asyncio.Future[None]]] = []

    async def run(self, lane: Lane, job: Callable[[], T], /) -> T:
        loop = asyncio.get_running_loop()
        self._check_open()
        if lane is Lane.LIVE:
            return await self._live.run(job)
        if lane is Lane.VOICE:
            return await loop.run_in_executor(self._voice, job)
        await self._admitted(lane)
        work = loop.run_in_executor(self._heavy, job)
        work.add_done_callback(self._job_done)
        return await asyncio.shield(work)

    @asynccontextmanager
    async def writing(self, lane: Lane = Lane.WRITER, /) -> AsyncGenerator[None, None]:
        await self._admitted(lane)
        try:
            yield
        finally:
            self._give_back(lane)

    async def _admitted(self, lane: Lane) -> None:
        self._check_open()
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (lane, next(self._order), ticket))
        self._admit()
        try:
            await ticket
            self._check_open()
        except (asyncio.CancelledError, Cancelled):
            if ticket.done() and not ticket.cancelled() and ticket.exception() is None:
                self._give_back(lane)
            raise

    def _check_open(self) -> None:
        if self._closed:
            raise Cancelled

    def _admit(self) -> None:
        """Let the most urgent waiting work begin, if it may. Marks it as begun at once, so none slips in between."""
        while self._waiting:
            lane, _, ticket = self._waiting[0]
            if not ticket.done():
                if not self._may(lane):
                    return
                if lane in _WRITES:
                    self._writing += 1
                else:
                    self._job_running = True
                ticket.set_result(None)
            heapq.heappop(self._waiting)

    def _may(self, lane: Lane) -> bool:
        if self._job_running:
            return False
        return lane is Lane.FINAL or self._writing < (self._writers if lane is Lane.WRITER else 1)

    def _give_back(self, lane: Lane) -> None:
        if lane in _WRITES:
            self._writing -= 1
        else:
            self._job_running = False
        self._admit()

    def _job_done(self, work: asyncio.Future[T]) -> None:
        if not work.cancelled():
            work.exception()  # an abandoned job's error was its own; the caller that still waits gets it too
        self._give_back(Lane.BACKGROUND)

    def close(self) -> None:
        """Wait for running jobs and free the threads; work that has not begun ends in Cancelled for its caller."""
        self._closed = True
        while self._waiting:
            ticket = heapq.heappop(self._waiting)[2]
            if not ticket.done():
                ticket.set_exception(Cancelled())
        for pool in (self._live.pool, self._voice, self._heavy):
            pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Together:
    """Short jobs on one thread: what comes while others run goes over in one piece."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._running = False

    async def run(self, job: Callable[[], T]) -> T:
        """The result of ``job``. Raises what it raises, and Cancelled where the thread was ended before."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[T] = loop.create_future()
        self._waiting.append((job, told))
        if not self._running:
            self._running = True
            loop.call_soon(self._hand_over)
        return await told

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            work = asyncio.get_running_loop().run_in_executor(self.pool, _each, [job for job, _ in batch])
        except RuntimeError:  # the pool is closed
            self._running = False
            _tell(batch, [Cancelled()] * len(batch))
            return
        work.add_done_callback(lambda done: self._done(batch, done))

    def _done(
        self, batch: list[tuple[Callable[[], Any], asyncio.Future[Any]]], work: asyncio.Future[list[object]]
    ) -> None:
        _tell(batch, [Cancelled()] * len(batch) if work.cancelled() else work.result())
        if self._waiting:
            self._hand_over()
        else:
            self._running = False


class _Raised:
    """An exception as a result."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _each(jobs: list[Callable[[], Any]]) -> list[object]:
    out: list[object] = []
    for job in jobs:
        try:
            out.append(job())
        except Exception as error:  # noqa: BLE001 - told to the one who asked for this job
            out.append(_Raised(error))
    return out


def _tell(batch: list[tuple[Callable[[], Any], asyncio.Future[Any]]], results: Sequence[object]) -> None:
    for (_, told), result in zip(batch, results, strict=True):
        if told.done():
            continue
        if isinstance(result, _Raised):
            told.set_exception(result.error)
        elif isinstance(result, Cancelled):
            told.set_exception(result)
        else:
            told.set_result(result)


class Inline:
    """Runs every job at once on the caller's loop: for tests on virtual time and for single commands."""

    async def run(self, lane: Lane, job: Callable[[], T], /) -> T:
        return job()

    @asynccontextmanager
    async def writing(self, lane: Lane = Lane.WRITER, /) -> AsyncGenerator[None, None]:
        yield

    def close(self) -> None:
        """Nothing to free."""
