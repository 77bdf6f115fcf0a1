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
from pathlib import Path
from typing import Final

from warmline.server.store.jobs import Job
from warmline.server.store.journal import Journal, opened, recovered
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
    """``lost``: writings that were left out or failed. ``journal``: where jobs wait that a crash must not lose, or
    None. Use inside :func:`writing`."""

    def __init__(self, store: Store, journal: Journal | None = None) -> None:
        self.store = store
        self._journal = journal
        self.lost = 0
        self._waiting: deque[tuple[Work | Job, asyncio.Future[bool]]] = deque()
        self._news = asyncio.Event()
        self._told = False

    def put(self, work: Work | Job, *, must: bool = False) -> asyncio.Future[bool]:
        """Have ``work`` done, after all that was put before. The future (it may be dropped) says whether it was.
        A job is written down at once, so it is done even if this process is killed. Not ``must``: left out where too
        much waits already."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if not must and len(self._waiting) >= MOST:
            self._lose("too much is waiting to be written")
            done.set_result(False)
            return done
        self._waiting.append((work, done))
        if self._journal is not None and not callable(work):
            self._journal.add(work)
        self._news.set()
        return done

    def tidy(self) -> None:
        """Leave in the journal what still waits: something that was in it has been erased from the store."""
        if self._journal is not None:
            self._journal.keep([work for work, _ in self._waiting if not callable(work)])

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            while self._waiting:
                work, done = self._waiting[0]
                result = await self._written(work)
                self._waiting.popleft()
                self._done_with()
                if result and self.store.unscrubbed and not self._waiting:
                    await self._written(Store.scrub)
                if not done.done():
                    done.set_result(result)
            self._news.clear()

    async def flushed(self) -> None:
        """Wait until what has been put so far is written or given up."""
        if self._waiting:
            await asyncio.wait([self._waiting[-1][1]])

    def _done_with(self) -> None:
        if self._journal is not None and not self._waiting:
            self._journal.clear()
        elif self._journal is not None and self._journal.long:
            self.tidy()

    async def _written(self, work: Work | Job) -> bool:
        for attempt in range(TRIES):
            try:
                await (work(self.store) if callable(work) else work.do(self.store))
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
async def writing(store: Store, base: Path | None = None) -> AsyncGenerator[Writer, None]:
    """A writer that runs; at the end it writes what still waits, for at most :data:`FLUSH_S`. ``base``: where journals
    lie; what killed processes left in them is written first. Raises StorageError where that cannot be."""
    journal = None
    if base is not None:
        if count := await recovered(base, store):
            log.warning("a process was killed: %d writings that it left behind are in the store now", count)
        journal = opened(base, store.database.seal)
    writer = Writer(store, journal)
    store.on_erase = writer.tidy
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
        if journal is not None:
            journal.close()
