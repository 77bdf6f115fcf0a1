"""The record of one call: its turns are handed to the writer as they end; their words only with the caller's consent.

All methods return at once.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from warmline.dialogue.memory.consent import Standing
from warmline.dialogue.memory.items import Item
from warmline.server.settings import CallSettings, Settings
from warmline.server.store import database, jobs, journal, links, memories
from warmline.server.store.records import Ended, StoredCall, row_of, words_of
from warmline.server.store.store import DAY_S, Store
from warmline.server.store.writer import Writer, writing
from warmline.speech.runtime.clock import utc_s
from warmline.speech.runtime.errors import SettingsError

SWEEP_EVERY_S: Final = 6 * 3600.0
CONSENT: Final = ("ask", "yes", "no")
ASKED_AT_MOST: Final = 2
"""Calls in which somebody who never answers is asked."""

MEMORY: Final = "memory"
"""The kind of consent under which words are kept."""


class CallRecord:
    """A record that is written. ``last_call`` and ``items``: of earlier calls. ``link``: the caller's, to the report.
    ``over`` is told its id when the call has ended."""

    def __init__(
        self,
        writer: Writer,
        call: StoredCall,
        clock: Callable[[], float],
        standing: Standing,
        items: tuple[Item, ...] = (),
        last_call: float = 0.0,
        link: str = "",
        over: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.call = call
        self.link = link
        self.words = call.words
        self.standing = standing
        self.items = items
        self.last_call = last_call
        self.now = clock
        self._writer = writer
        self._over = over
        self._turns: dict[int, Ended] = {}
        self._count = 0
        self._lost = 0
        writer.put(jobs.Begin(call), must=True)

    @property
    def id(self) -> str:
        return self.call.id

    def turn(self, ended: Ended) -> None:
        """Write the exchange: words included where they may be kept, else held in this process until the call ends,
        for a caller who agrees later in it."""
        self._count += 1
        number, at, words = self._count, self.now(), self.words
        if self.standing.ask or words:
            self._turns[number] = ended
        done = self._writer.put(jobs.Keep(row_of(self.id, number, at, ended, words=words)))
        done.add_done_callback(self._counted)

    def remember(self, items: tuple[Item, ...]) -> None:
        if self.words and self.call.caller and items:
            self._writer.put(lambda store: memories.add(store, self.call.caller, items))

    def change(self, old: Item, new: Item) -> None:
        if self.words and self.call.caller:
            self._writer.put(lambda store: memories.change(store, self.call.caller, old, new), must=True)

    def agree(self, how: str) -> None:
        self.words = True
        words = {number: words_of(ended) for number, ended in self._turns.items()}
        self._say("yes", how)
        self._writer.put(jobs.Agree(self.id, self.call.caller, words), must=True)

    def refuse(self, how: str) -> None:
        self.words = False
        self._turns.clear()
        self._say("no", how)
        self._writer.put(jobs.ForgetWords(self.id), must=True)

    def forget(self, how: str) -> None:
        self.words, self.items = False, ()
        self._turns.clear()
        caller = self.call.caller
        self._writer.put(jobs.ForgetWords(self.id), must=True)
        if caller:
            self._writer.put(jobs.ForgetCaller(caller), must=True)
        self._say("no", how)

    def asked(self) -> None:
        self._say("asked", "speech")

    def end(self) -> None:
        at = self.now()
        done = self._writer.put(jobs.End(self.id, at), must=True)
        done.add_done_callback(lambda _: self._over(self.id))
        self._turns.clear()

    def _say(self, value: str, how: str) -> None:
        caller, at = self.call.caller, self.now()
        self.standing = Standing(asked=True, returning=self.standing.returning)
        self._writer.put(jobs.Consents(caller, self.id, MEMORY, value, how, at), must=True)

    def _counted(self, done: asyncio.Future[bool]) -> None:
        if not done.cancelled() and not done.result():
            self._lost += 1
            self._writer.put(jobs.Lost(self.id, self._lost))


class Keeper:
    """Makes the record of each call, and erases what is too old. ``running``: ids of calls that are still written."""

    def __init__(self, writer: Writer, settings: Settings, clock: Callable[[], float] = utc_s) -> None:
        self.store: Store = writer.store
        self._writer = writer
        self._settings = settings
        self._clock = clock
        self.running: set[str] = set()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock()

    @property
    def oldest(self) -> float:
        """Calls that began before are too old to be shown, though the next sweep is still to come."""
        days = self._settings.store.days
        return self._clock() - days * DAY_S if days > 0 else 0.0

    async def begin(self, call: CallSettings) -> CallRecord:
        """A call begins. What the caller once said about consent goes before the setting; somebody without a name is
        not asked, because we could not know them again."""
        consent, caller = self._settings.memory.consent, call.caller
        said = await self.store.consented(caller, MEMORY) if caller else ""
        before = await self.store.calls(caller, last=1) if caller else ()
        words = (said or consent) == "yes"
        items = await memories.of(self.store, caller) if words else ()
        asked = sum(row["value"] == "asked" for row in await self.store.consents(caller)) if caller else 0
        may_ask = bool(caller) and consent == "ask" and not said and asked < ASKED_AT_MOST
        standing = Standing(ask=may_ask, returning=bool(before))
        link = links.fresh()
        language = self._settings.call.tongues[0]
        begun = StoredCall(uuid.uuid4().hex, caller, language, self._clock(), words=words, link=links.hashed(link))
        last_call = before[0].started if before else 0.0
        self.running.add(begun.id)
        return CallRecord(self._writer, begun, self._clock, standing, items, last_call, link, self.running.discard)

    def sweep(self) -> None:
        """Erase what is older than ``store.days``, soon."""
        if self._settings.store.days > 0:
            self._writer.put(self._swept, must=True)

    async def _swept(self, store: Store) -> None:
        await store.sweep(self.oldest)

    async def sweeping(self) -> None:
        """Sweep every few hours, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            self.sweep()


def _writing(open_: database.Database, cache: Path) -> AbstractAsyncContextManager[Writer]:
    return writing(Store(open_), journal.place_of(open_, cache))


@asynccontextmanager
async def keeper(settings: Settings) -> AsyncGenerator[Keeper | None, None]:
    """The keeper of these settings; None where nothing is kept. Raises SettingsError, StorageError."""
    if settings.memory.consent not in CONSENT:
        raise SettingsError(f"memory.consent is one of {', '.join(CONSENT)}, not {settings.memory.consent!r}")
    if not settings.store.url:
        yield None
        return
    seal = database.check(settings.store, settings.memory)
    cache = Path(settings.cache or "~/.cache/warmline")
    async with database.opened(settings.store.url, seal) as open_, _writing(open_, cache) as writer:
        keeping = Keeper(writer, settings)
        keeping.sweep()
        sweep = asyncio.create_task(keeping.sweeping(), name="sweep")
        try:
            yield keeping
        finally:
            sweep.cancel()
            await asyncio.wait([sweep])
