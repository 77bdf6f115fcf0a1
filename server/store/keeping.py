"""The record of one call: its turns are handed to the writer as they end; their words only with the caller's consent.

All methods but the erasing ones return at once. Without a store every call has :data:`NOTHING`, which keeps nothing.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final, Protocol

from warmline.server.config import CallSettings, Settings
from warmline.server.store import database
from warmline.server.store.records import Ended, StoredCall
from warmline.server.store.store import DAY_S, Store
from warmline.server.store.writer import Writer, writing
from warmline.speech.runtime.clock import utc_s
from warmline.speech.runtime.errors import SettingsError

SWEEP_EVERY_S: Final = 6 * 3600.0
CONSENT: Final = ("ask", "yes", "no")
MEMORY: Final = "memory"
"""The kind of consent under which words are kept."""


class Keeping(Protocol):
    """What a call needs of its record."""

    def turn(self, ended: Ended) -> None:
        """An exchange is over."""
        ...

    def end(self) -> None:
        """The call is over."""
        ...


class Keeps(Protocol):
    """Begins the record of each call. Raises StorageError."""

    async def begin(self, call: CallSettings) -> Keeping: ...


class _Nothing:
    def turn(self, ended: Ended) -> None:
        del ended

    def end(self) -> None:
        pass


NOTHING: Final[Keeping] = _Nothing()


class CallRecord:
    """``words``: whether they may be kept, as it stands. ``known``: the caller's own last word on it, "" where there
    is none."""

    def __init__(self, writer: Writer, call: StoredCall, clock: Callable[[], float]) -> None:
        self.call = call
        self.words = call.words
        self._writer = writer
        self._clock = clock
        self._turns: dict[int, Ended] = {}
        self._lost = 0
        writer.put(lambda store: store.begin(call), must=True)

    def turn(self, ended: Ended) -> None:
        """Write the exchange: words included where they may be kept, else held in this process until the call ends,
        for a caller who agrees later in it."""
        number, at, words = len(self._turns) + 1, self._clock(), self.words
        self._turns[number] = ended
        call = self.call.id
        done = self._writer.put(lambda store: store.keep(call, number, at, ended, words=words))
        done.add_done_callback(self._counted)

    def agree(self, how: str) -> None:
        """The caller lets their words be kept, also those of before."""
        self.words = True
        turns = dict(self._turns)
        self._say("yes", how)
        self._writer.put(lambda store: store.keep_words(self.call.id, turns), must=True)

    def refuse(self, how: str) -> asyncio.Future[bool]:
        """The caller does not want it, or no longer: the words of this call are erased. The future says whether."""
        self.words = False
        self._say("no", how)
        return self._writer.put(lambda store: store.forget_words(self.call.id), must=True)

    def forget(self, how: str) -> asyncio.Future[bool]:
        """Everything of this caller is erased, this call's words too, and nothing more is kept."""
        self.words = False
        self._turns.clear()
        caller, call = self.call.caller, self.call.id
        if caller:
            done = self._writer.put(lambda store: store.forget_caller(caller), must=True)
        else:
            done = self._writer.put(lambda store: store.forget_words(call), must=True)
        self._say("no", how)
        return done

    def asked(self) -> None:
        """The caller was asked."""
        self._say("asked", "speech")

    def end(self) -> None:
        at = self._clock()
        self._writer.put(lambda store: store.end(self.call.id, at), must=True)
        self._turns.clear()

    def _say(self, value: str, how: str) -> None:
        caller, call, at = self.call.caller, self.call.id, self._clock()
        self._writer.put(lambda store: store.consent(caller, call, MEMORY, value, how, at), must=True)

    def _counted(self, done: asyncio.Future[bool]) -> None:
        if not done.cancelled() and not done.result():
            self._lost += 1
            lost = self._lost
            self._writer.put(lambda store: store.note_lost(self.call.id, lost))


class Keeper:
    """Makes the record of each call, and erases what is too old."""

    def __init__(self, writer: Writer, settings: Settings, clock: Callable[[], float] = utc_s) -> None:
        self.store: Store = writer.store
        self._writer = writer
        self._settings = settings
        self._clock = clock

    async def begin(self, call: CallSettings) -> CallRecord:
        """A call begins. What the caller once said about consent goes before the setting."""
        said = await self.store.consented(call.caller, MEMORY) if call.caller else ""
        return self.record(call, said)

    def record(self, call: CallSettings, said: str = "") -> CallRecord:
        """The same where the caller's own word is known."""
        words = (said or self._settings.memory.consent) == "yes"
        begun = StoredCall(uuid.uuid4().hex, call.caller, "en", self._clock(), words=words)
        return CallRecord(self._writer, begun, self._clock)

    def sweep(self) -> None:
        """Erase what is older than ``store.days``, soon."""
        if self._settings.store.days > 0:
            self._writer.put(self._swept, must=True)

    async def _swept(self, store: Store) -> None:
        await store.sweep(self._clock() - self._settings.store.days * DAY_S)

    async def sweeping(self) -> None:
        """Sweep every few hours, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            self.sweep()


@asynccontextmanager
async def keeper(settings: Settings) -> AsyncGenerator[Keeper | None, None]:
    """The keeper of these settings; None where nothing is kept. Raises SettingsError, StorageError."""
    if settings.memory.consent not in CONSENT:
        raise SettingsError(f"memory.consent is one of {', '.join(CONSENT)}, not {settings.memory.consent!r}")
    if not settings.store.url:
        yield None
        return
    seal = database.check(settings.store, settings.memory)
    async with database.opened(settings.store.url, seal) as open_, writing(Store(open_)) as writer:
        keeping = Keeper(writer, settings)
        keeping.sweep()
        sweep = asyncio.create_task(keeping.sweeping(), name="sweep")
        try:
            yield keeping
        finally:
            sweep.cancel()
            await asyncio.wait([sweep])
