"""One task writes to the store, in order, so that no call ever waits for a disk.

What waits is bounded: a turn that finds :data:`MOST` waiting is left out and counted, because a call matters more than
its record; consents and erasures are never left out. A locked database is tried again for some seconds; what fails for
good is told once in the log, without words, and the calls go on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from warmline.server.store.store import Busy, Store
from warmline.speech.runtime.errors import StorageError

MOST: Final = 2_000
TRIES: Final = 4
RETRY_S: Final = 0.5
FLUSH_S: Final = 10.0
"""At the end of the process, how long what still waits may take."""

Work = Callable[[Store], Awaitable[object]]

log = logging.getLogger(__name__)


class Writer:
    """``lost``: writings that were left out or failed. Use inside :func:`writing`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lost = 0
        self._waiting: deque[tuple[Work, asyncio.Future[bool]]] = deque()
        self._news = asyncio.Event()
        self._told = False

    def put(self, work: Work, *, must: bool = False) -> asyncio.Future[bool]:
        """Have ``work`` done, after all that was put before. The future (it may be dropped) says whether it was.
        Not ``must``: left out where too much waits already."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if not must and len(self._waiting) >= MOST:
            self._lose("too much is waiting to be written")
            done.set_result(False)
            return done
        self._waiting.append((work, done))
        self._news.set()
        return done

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            while self._waiting:
                work, done = self._waiting[0]
                result = await self._written(work)
                self._waiting.popleft()
                if result and self.store.unscrubbed and not self._waiting:
                    await self._written(Store.scrub)
                if not done.done():
                    done.set_result(result)
            self._news.clear()

    async def flushed(self) -> None:
        """Wait until what has been put so far is written or given up."""
        if self._waiting:
            await asyncio.wait([self._waiting[-1][1]])

    async def _written(self, work: Work) -> bool:
        for attempt in range(TRIES):
            try:
                await work(self.store)
                return True
            except Busy as error:
                if attempt == TRIES - 1:
                    self._lose(str(error))
                else:
                    await asyncio.sleep(RETRY_S * (attempt + 1))
            except StorageError as error:
                self._lose(str(error))
                return False
            except Exception as error:  # noqa: BLE001 - a task boundary: what cannot be written must not end calls
                self._lose(type(error).__name__)
                return False
        return False

    def _lose(self, why: str) -> None:
        self.lost += 1
        if not self._told:
            self._told = True
            log.error("the store could not be written: %s. Calls go on without their record", why)


@asynccontextmanager
async def writing(store: Store) -> AsyncGenerator[Writer, None]:
    """A writer that runs; at the end it writes what still waits, for at most :data:`FLUSH_S`."""
    writer = Writer(store)
    task = asyncio.create_task(writer.run(), name="store")
    try:
        yield writer
    finally:
        try:
            async with asyncio.timeout(FLUSH_S):
                await writer.flushed()
        except TimeoutError:
            log.error("the store did not take all that was waiting")
        task.cancel()
        await asyncio.wait([task])
