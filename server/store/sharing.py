"""Who besides the caller may read what was said in a call: their word on it, and who of the operators did read.

Nobody, until the caller says so on their report; for that call only, and until they take it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlalchemy import delete, insert, select

from warmline.server.store.records import StoredCall
from warmline.server.store.store import Store
from warmline.server.store.tables import ACCESSES, CONSENTS

SHARE: Final = "share"
"""The kind of consent."""


class Share(Enum):
    """Nobody; the operator of this service; the operator, and through them researchers, without the caller's name."""

    NONE = "none"
    OPERATOR = "operator"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class Access:
    """An operator read a call: ``who`` is the beginning of a hash of their token, ``what`` they took, seconds since
    1970."""

    who: str
    what: str
    at: float


async def shared(store: Store, call: str) -> Share:
    """The caller's last word on this call. Raises StorageError."""
    newest = select(CONSENTS.c.value).where(CONSENTS.c.call == call, CONSENTS.c.kind == SHARE)
    async with store.transaction() as connection:
        found = (await connection.execute(newest.order_by(CONSENTS.c.id.desc()).limit(1))).scalar_one_or_none()
    return Share(found) if found else Share.NONE


async def share(store: Store, call: StoredCall, value: Share, at: float) -> None:
    """The caller decides. Raises StorageError."""
    await store.consent(call.caller, call.id, SHARE, value.value, "report", at)


async def note(store: Store, call: str, access: Access) -> None:
    """Write down that an operator read a call. Raises StorageError."""
    async with store.transaction() as connection:
        values = {"call": call, "who": access.who, "what": access.what, "at": access.at}
        await connection.execute(insert(ACCESSES).values(**values))


async def accesses(store: Store, call: str) -> tuple[Access, ...]:
    """Who read a call, oldest first. Raises StorageError."""
    columns = select(ACCESSES.c.who, ACCESSES.c.what, ACCESSES.c.at)
    async with store.transaction() as connection:
        rows = await connection.execute(columns.where(ACCESSES.c.call == call).order_by(ACCESSES.c.id))
        return tuple(Access(row.who, row.what, row.at) for row in rows)


async def consents_of(store: Store, call: str) -> tuple[Mapping[str, object], ...]:
    """All that was said about consent in one call or on its report, oldest first. Raises StorageError."""
    columns = select(CONSENTS.c.kind, CONSENTS.c.value, CONSENTS.c.how, CONSENTS.c.at)
    async with store.transaction() as connection:
        rows = await connection.execute(columns.where(CONSENTS.c.call == call).order_by(CONSENTS.c.id))
        return tuple(dict(row) for row in rows.mappings())


async def withdraw(store: Store, call: str) -> None:
    """Nothing of this call is left to share. Raises StorageError."""
    async with store.transaction() as connection:
        await connection.execute(delete(CONSENTS).where(CONSENTS.c.call == call, CONSENTS.c.kind == SHARE))
        await connection.execute(delete(ACCESSES).where(ACCESSES.c.call == call))
