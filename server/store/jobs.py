"""What is written of a call, as values: each can be done now, kept in a file, and done again after a crash.

``do`` is for the first time. ``again`` is for one that may have been done already, on a store that may have changed
since: it adds nothing twice and brings back no words of somebody who has taken their consent back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from warmline.server.store.records import StoredCall, TurnRow
from warmline.server.store.store import Store
from warmline.server.store.tables import CALLS, CONSENTS, TURNS


class Job(Protocol):
    """Raises StorageError."""

    async def do(self, store: Store) -> None: ...

    async def again(self, store: Store) -> None: ...


@dataclass(frozen=True, slots=True)
class Begin:
    """A call begins."""

    call: StoredCall

    async def do(self, store: Store) -> None:
        await store.begin(self.call)

    async def again(self, store: Store) -> None:
        async with store.transaction() as connection:
            if await _call(connection, self.call.id) is None:
                await connection.execute(insert(CALLS).values(**asdict(self.call)))


@dataclass(frozen=True, slots=True)
class Keep:
    """A turn is over."""

    row: TurnRow

    async def do(self, store: Store) -> None:
        await store.keep_row(self.row)

    async def again(self, store: Store) -> None:
        async with store.transaction() as connection:
            call = await _call(connection, self.row.call)
            place = select(TURNS.c.id).where(TURNS.c.call == self.row.call, TURNS.c.number == self.row.number)
            if call is None or (await connection.execute(place)).first() is not None:
                return
            await connection.execute(insert(TURNS).values(**store.closed(self.row, words=bool(call["words"]))))


@dataclass(frozen=True, slots=True)
class Agree:
    """The caller lets their words be kept: ``words`` of the turns so far, by number."""

    call: str
    caller: str
    words: Mapping[int, Mapping[str, object]]

    async def do(self, store: Store) -> None:
        await store.keep_words(self.call, self.words)

    async def again(self, store: Store) -> None:
        async with store.transaction() as connection:
            call = await _call(connection, self.call)
        if call is not None and call["caller"] == self.caller:
            await store.keep_words(self.call, {int(number): said for number, said in self.words.items()})


@dataclass(frozen=True, slots=True)
class Consents:
    """What a caller said about consent, or that they were asked."""

    caller: str
    call: str
    kind: str
    value: str
    how: str
    at: float

    async def do(self, store: Store) -> None:
        await store.consent(self.caller, self.call, self.kind, self.value, self.how, self.at)

    async def again(self, store: Store) -> None:
        same = [CONSENTS.c[item.name] == getattr(self, item.name) for item in fields(self)]
        async with store.transaction() as connection:
            found = (await connection.execute(select(CONSENTS.c.id).where(*same))).first()
        if found is None:
            await self.do(store)


@dataclass(frozen=True, slots=True)
class ForgetWords:
    """Of this call only figures stay."""

    call: str

    async def do(self, store: Store) -> None:
        await store.forget_words(self.call)

    async def again(self, store: Store) -> None:
        await self.do(store)


@dataclass(frozen=True, slots=True)
class ForgetCaller:
    """Everything of a caller goes."""

    caller: str

    async def do(self, store: Store) -> None:
        await store.forget_caller(self.caller)

    async def again(self, store: Store) -> None:
        await self.do(store)


@dataclass(frozen=True, slots=True)
class Lost:
    """So many turns of the call could not be written."""

    call: str
    turns: int

    async def do(self, store: Store) -> None:
        await store.note_lost(self.call, self.turns)

    async def again(self, store: Store) -> None:
        await self.do(store)


@dataclass(frozen=True, slots=True)
class End:
    """The call is over."""

    call: str
    at: float

    async def do(self, store: Store) -> None:
        await store.end(self.call, self.at)

    async def again(self, store: Store) -> None:
        await self.do(store)


_KINDS = {kind.__name__: kind for kind in (Begin, Keep, Agree, Consents, ForgetWords, ForgetCaller, Lost, End)}


def entry_of(job: Job) -> dict[str, object]:
    """The job as JSON knows it."""
    return {"job": type(job).__name__, **asdict(job)}  # type: ignore[call-overload] # all are dataclasses


def job_of(entry: Mapping[str, Any]) -> Job:
    """The job of an entry. Raises KeyError, TypeError for what is none."""
    values = {key: value for key, value in entry.items() if key != "job"}
    if entry["job"] == "Begin":
        return Begin(StoredCall(**values["call"]))
    if entry["job"] == "Keep":
        return Keep(TurnRow(**values["row"]))
    made: Job = _KINDS[entry["job"]](**values)
    return made


async def _call(connection: AsyncConnection, id: str) -> Mapping[str, Any] | None:
    found = (await connection.execute(select(CALLS).where(CALLS.c.id == id))).mappings().first()
    return None if found is None else dict(found)
