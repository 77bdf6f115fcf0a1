"""Calls page by page, newest first, with what an operator looks for; no words of anybody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select

from warmline.server.store.records import StoredCall
from warmline.server.store.sharing import SHARE, Share
from warmline.server.store.store import Store
from warmline.server.store.tables import CALLS, CONSENTS, TURNS


@dataclass(frozen=True, slots=True)
class Place:
    """After this call the next page begins: its start in seconds since 1970, and its id."""

    started: float
    id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: ``since`` and ``until`` bound their start (seconds since 1970, the end not included), ``risk`` is
    the least highest level, ``share`` exactly what the caller allowed."""

    since: float | None = None
    until: float | None = None
    caller: str | None = None
    language: str | None = None
    risk: int = 0
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A call with its number of turns, the highest risk in it, and whom the caller lets read it."""

    call: StoredCall
    turns: int
    risk: int
    share: Share


async def page(store: Store, wanted: Wanted, most: int, after: Place | None = None) -> tuple[Row, ...]:
    """At most ``most`` calls. Raises StorageError."""
    turns = select(func.count()).where(TURNS.c.call == CALLS.c.id).scalar_subquery()
    risk = select(func.coalesce(func.max(TURNS.c.risk), 0)).where(TURNS.c.call == CALLS.c.id).scalar_subquery()
    share = (
        select(CONSENTS.c.value)
        .where(CONSENTS.c.call == CALLS.c.id, CONSENTS.c.kind == SHARE)
        .order_by(CONSENTS.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    said = func.coalesce(share, Share.NONE.value)
    chosen = select(CALLS, turns.label("turns"), risk.label("risk"), said.label("share"))
    chosen = chosen.where(*_conditions(wanted, after, risk))
    if wanted.share is not None:
        chosen = chosen.where(said == wanted.share.value)
    chosen = chosen.order_by(CALLS.c.started.desc(), CALLS.c.id).limit(most)
    async with store.transaction() as connection:
        rows = [dict(row) for row in (await connection.execute(chosen)).mappings()]
    return tuple(
        Row(turns=row.pop("turns"), risk=row.pop("risk"), share=Share(row.pop("share")), call=StoredCall(**row))
        for row in rows
    )


def _conditions(wanted: Wanted, after: Place | None, risk: ScalarSelect[int]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(CALLS.c.started >= wanted.since)
    if wanted.until is not None:
        found.append(CALLS.c.started < wanted.until)
    if wanted.caller is not None:
        found.append(CALLS.c.caller == wanted.caller)
    if wanted.language is not None:
        found.append(CALLS.c.language == wanted.language)
    if wanted.risk:
        found.append(risk >= wanted.risk)
    if after is not None:
        same = and_(CALLS.c.started == after.started, CALLS.c.id > after.id)
        found.append(or_(CALLS.c.started < after.started, same))
    return found
