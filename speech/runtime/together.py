"""Short jobs on one thread: what comes while others run goes over in one piece, because handing a job to a thread costs
more than most of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from warmline.speech.runtime.cancel import Cancelled

T = TypeVar("T")


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
        try:
            return await told
        finally:
            del told  # an error's traceback holds this frame, which must not hold the error

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


def _tell(batch: list[tuple[Callable[[], Any], asyncio.Future[Any]]], results: list[object]) -> None:
    for (_, told), result in zip(batch, results, strict=True):
        if told.done():
            continue
        if isinstance(result, _Raised):
            told.set_exception(result.error)
        elif isinstance(result, Cancelled):
            told.set_exception(result)
        else:
            told.set_result(result)
    results.clear()  # it is held by the frame that made it, and that by the traceback of an error in it
