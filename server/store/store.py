"""The store's own sentences: write a call, a turn, a consent; read them; erase them so that nothing is left.

Each method is one transaction. Errors come out as StorageError without any value in the text. It does not know when
something should be written: a call's :mod:`~.keeping` does.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from warmline.server.store.database import Database, reason
from warmline.server.store.records import StoredCall, StoredTurn, TurnRow, stored
from warmline.server.store.tables import ACCESSES, CALLS, CONSENTS, ITEMS, TURNS
from warmline.speech.runtime.errors import StorageError

DAY_S: Final = 86_400.0


class Busy(StorageError):
    """Another process writes just now: worth trying again."""


class Full(StorageError):
    """The disk is full: nothing can be written until there is room."""


class Store:
    """An open store. Safe to use from several tasks; each call is one transaction. ``unscrubbed``: something was erased
    and may still lie in SQLite's log, because another process holds the file; :meth:`scrub` again. ``on_erase`` is told
    of every erasure, for what is kept of the same beside the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.unscrubbed = False
        self.on_erase: Callable[[], None] = lambda: None
        self._seal = database.seal

    # --- writing --------------------------------------------------------------------------------------------------

    async def begin(self, call: StoredCall) -> None:
        """A call begins."""
        async with self.transaction() as connection:
            await connection.execute(insert(CALLS).values(**asdict(call)))

    async def keep_row(self, row: TurnRow) -> None:
        """A turn is over."""
        async with self.transaction() as connection:
            await connection.execute(insert(TURNS).values(**self.closed(row)))

    def closed(self, row: TurnRow, *, words: bool = True) -> dict[str, object]:
        """The row's columns, closed; without its words where ``words`` is false."""
        kept = row.words if words else None
        columns = {item.name: getattr(row, item.name) for item in fields(row)}
        sealed = {"figures": self._seal.close(row.figures), "words": None if kept is None else self._seal.close(kept)}
        return {**columns, **sealed}

    async def keep_words(self, call: str, words: Mapping[int, Mapping[str, object]]) -> None:
        """The caller has agreed: the words of the turns so far, by number, are kept as well."""
        async with self.transaction() as connection:
            await connection.execute(update(CALLS).where(CALLS.c.id == call).values(words=True))
            for number, said in words.items():
                chosen = update(TURNS).where(TURNS.c.call == call, TURNS.c.number == number)
                await connection.execute(chosen.values(words=self._seal.close(said)))

    async def note_lost(self, call: str, turns: int) -> None:
        """So many turns of the call could not be written."""
        async with self.transaction() as connection:
            await connection.execute(update(CALLS).where(CALLS.c.id == call).values(lost=turns))

    async def end(self, call: str, at: float) -> None:
        """The call is over."""
        async with self.transaction() as connection:
            await connection.execute(update(CALLS).where(CALLS.c.id == call).values(ended=at))

    async def consent(self, caller: str, call: str, kind: str, value: str, how: str, at: float) -> None:
        """The caller said yes or no, or was asked."""
        row = {"caller": caller, "call": call, "kind": kind, "value": value, "how": how, "at": at}
        async with self.transaction() as connection:
            await connection.execute(insert(CONSENTS).values(**row))

    # --- reading --------------------------------------------------------------------------------------------------

    async def consented(self, caller: str, kind: str) -> str:
        """The caller's last word on it: "yes", "no", or "" where there is none."""
        newest = select(CONSENTS.c.value).order_by(CONSENTS.c.id.desc()).limit(1)
        async with self.transaction() as connection:
            found = await connection.execute(
                newest.where(CONSENTS.c.caller == caller, CONSENTS.c.kind == kind, CONSENTS.c.value.in_(("yes", "no")))
            )
            return found.scalar_one_or_none() or ""

    async def consents(self, caller: str) -> tuple[Mapping[str, object], ...]:
        """All that a caller said about it, and was asked, oldest first."""
        columns = select(CONSENTS.c.call, CONSENTS.c.kind, CONSENTS.c.value, CONSENTS.c.how, CONSENTS.c.at)
        async with self.transaction() as connection:
            found = await connection.execute(columns.where(CONSENTS.c.caller == caller).order_by(CONSENTS.c.id))
            return tuple(dict(row) for row in found.mappings())

    async def calls(self, caller: str | None = None, last: int = 50) -> tuple[StoredCall, ...]:
        """The newest calls first, of one caller or of all."""
        chosen = select(CALLS).order_by(CALLS.c.started.desc(), CALLS.c.id).limit(last)
        if caller is not None:
            chosen = chosen.where(CALLS.c.caller == caller)
        async with self.transaction() as connection:
            rows = (await connection.execute(chosen)).mappings().all()
        return tuple(StoredCall(**row) for row in rows)

    async def call(self, id: str) -> StoredCall | None:
        """The call of this id, or of the only id that begins so; None where there is none or several."""
        chosen = select(CALLS).where(CALLS.c.id.startswith(id, autoescape=True)).limit(2)
        async with self.transaction() as connection:
            rows = (await connection.execute(chosen)).mappings().all()
        return StoredCall(**rows[0]) if len(rows) == 1 and id else None

    async def turns(self, call: str) -> tuple[StoredTurn, ...]:
        """The turns of a call, in order."""
        async with self.transaction() as connection:
            chosen = select(TURNS).where(TURNS.c.call == call).order_by(TURNS.c.number)
            rows = (await connection.execute(chosen)).mappings().all()
        return tuple(self._turn(dict(row)) for row in rows)

    def _turn(self, row: Mapping[str, Any]) -> StoredTurn:
        words = None if row["words"] is None else self._seal.open(row["words"])
        return stored(row, self._seal.open(row["figures"]), words)

    # --- erasing --------------------------------------------------------------------------------------------------

    async def forget_words(self, call: str) -> None:
        """The caller took their consent back: of this call only figures stay."""
        async with self.transaction() as connection:
            await connection.execute(update(TURNS).where(TURNS.c.call == call).values(words=None))
            await connection.execute(update(CALLS).where(CALLS.c.id == call).values(words=False))
            await connection.execute(delete(ITEMS).where(ITEMS.c.call == call))
        await self.scrub()

    async def erase_call(self, call: str) -> bool:
        """Everything of one call: turns, figures, memories of it, who may read it. What the caller once said about
        being remembered stays. False where there is no such call."""
        async with self.transaction() as connection:
            await connection.execute(delete(TURNS).where(TURNS.c.call == call))
            await connection.execute(delete(ITEMS).where(ITEMS.c.call == call))
            await connection.execute(delete(ACCESSES).where(ACCESSES.c.call == call))
            await connection.execute(delete(CONSENTS).where(CONSENTS.c.call == call, CONSENTS.c.kind == "share"))
            found = (await connection.execute(delete(CALLS).where(CALLS.c.id == call))).rowcount
        await self.scrub()
        return bool(found)

    async def forget_caller(self, caller: str) -> int:
        """Everything of a caller: words, memory, and the link from their calls to them. Returns how many calls there
        were. What they said about consent goes too: who asks for it in a call has their no written down after it."""
        async with self.transaction() as connection:
            theirs = select(CALLS.c.id).where(CALLS.c.caller == caller)
            await connection.execute(update(TURNS).where(TURNS.c.call.in_(theirs)).values(words=None))
            await connection.execute(delete(ITEMS).where(ITEMS.c.caller == caller))
            await connection.execute(delete(CONSENTS).where(CONSENTS.c.caller == caller))
            gone = update(CALLS).where(CALLS.c.caller == caller).values(words=False, caller="")
            found = (await connection.execute(gone)).rowcount
        await self.scrub()
        return int(found)

    async def sweep(self, before: float) -> int:
        """Erase calls and memory that are older than ``before``. Returns how many calls and items went."""
        async with self.transaction() as connection:
            old = select(CALLS.c.id).where(CALLS.c.started < before)
            await connection.execute(delete(TURNS).where(TURNS.c.call.in_(old)))
            await connection.execute(delete(ACCESSES).where(ACCESSES.c.call.in_(old)))
            calls = (await connection.execute(delete(CALLS).where(CALLS.c.started < before))).rowcount
            items = (await connection.execute(delete(ITEMS).where(ITEMS.c.at < before))).rowcount
            await connection.execute(delete(CONSENTS).where(CONSENTS.c.at < before))
        if calls + items:
            await self.scrub()
        return int(calls + items)

    async def scrub(self) -> None:
        """Leave nothing of what was deleted in the file: SQLite's log is emptied and the file written anew; PostgreSQL
        is told to vacuum, and reuses the space. Where another process holds the file, that is for later:
        ``unscrubbed``. Raises StorageError."""
        self.unscrubbed = True
        self.on_erase()
        try:
            async with self.database.engine.connect() as plain:
                connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
                if not self.database.is_sqlite:
                    await connection.execute(text("VACUUM turns, items, calls, consents, accesses"))
                    self.unscrubbed = False
                    return
                await connection.execute(text("VACUUM"))
                busy = (await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).scalar_one()
                self.unscrubbed = bool(busy)
        except SQLAlchemyError as error:
            told = _told(error)
            if not isinstance(told, Busy):
                raise told from error

    async def count(self) -> int:
        """Calls in the store."""
        async with self.transaction() as connection:
            return int((await connection.execute(select(func.count()).select_from(CALLS))).scalar_one())

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection, None]:
        """One transaction; what goes wrong in it comes out as StorageError."""
        try:
            async with self.database.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _told(error) from error


def _told(error: SQLAlchemyError) -> StorageError:
    what = reason(error)
    locked = isinstance(error, OperationalError) and ("locked" in what or "busy" in what)
    if locked:
        return Busy("the store is locked by another process")
    full = "disk is full" in what or "No space left on device" in what
    return (Full if full else StorageError)(f"the store failed: {what}")
