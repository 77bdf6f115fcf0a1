"""Memory items in the store: add, read, set right, erase. What an item holds is closed as one piece."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, insert, select, update

from warmline.dialogue.memory.items import Item, content_of, item_of
from warmline.server.store.store import Store
from warmline.server.store.tables import ITEMS, TURNS


async def add(store: Store, caller: str, items: Iterable[Item]) -> None:
    """Write new memories of a caller. Raises StorageError."""
    rows = [
        {
            "caller": caller,
            "call": item.call,
            "turn": item.turn,
            "kind": item.kind.value,
            "at": item.at,
            "content": store.database.seal.close(content_of(item)),
        }
        for item in items
    ]
    if rows:
        async with store.transaction() as connection:
            await connection.execute(insert(ITEMS), rows)


async def of(store: Store, caller: str) -> tuple[Item, ...]:
    """All memories of a caller, oldest first; none of nobody. Raises StorageError."""
    if not caller:
        return ()
    async with store.transaction() as connection:
        chosen = select(ITEMS).where(ITEMS.c.caller == caller).order_by(ITEMS.c.at, ITEMS.c.id)
        rows = (await connection.execute(chosen)).mappings().all()
    return tuple(item_of(dict(row), store.database.seal.open(row["content"])) for row in rows)


async def change(store: Store, caller: str, old: Item, new: Item) -> bool:
    """Put ``new`` in the place of ``old`` and leave nothing of the old words; False where it is not there."""
    mine = (ITEMS.c.caller == caller, ITEMS.c.call == old.call, ITEMS.c.turn == old.turn)
    async with store.transaction() as connection:
        rows = (await connection.execute(select(ITEMS.c.id, ITEMS.c.content).where(*mine))).all()
        found = [row.id for row in rows if store.database.seal.open(row.content)["text"] == old.text]
        if not found:
            return False
        content = store.database.seal.close(content_of(new))
        await connection.execute(
            update(ITEMS).where(ITEMS.c.id == found[0]).values(content=content, kind=new.kind.value)
        )
    await store.scrub()
    return True


async def forget(store: Store, caller: str, item: int) -> bool:
    """Erase one memory; False where there is none of this number. Of the call it came from the words of that turn go
    too, and the call's summary, which may hold them."""
    async with store.transaction() as connection:
        mine = select(ITEMS.c.call, ITEMS.c.turn).where(ITEMS.c.caller == caller, ITEMS.c.id == item)
        row = (await connection.execute(mine)).first()
        if row is None:
            return False
        await connection.execute(delete(ITEMS).where(ITEMS.c.id == item))
        await connection.execute(
            delete(ITEMS).where(ITEMS.c.caller == caller, ITEMS.c.call == row.call, ITEMS.c.kind == "summary")
        )
        await connection.execute(
            update(TURNS).where(TURNS.c.call == row.call, TURNS.c.number == row.turn).values(words=None)
        )
    await store.scrub()
    return True


async def callers(store: Store) -> tuple[tuple[str, int], ...]:
    """Who has memories here, and how many."""
    async with store.transaction() as connection:
        chosen = select(ITEMS.c.caller, func.count()).group_by(ITEMS.c.caller).order_by(ITEMS.c.caller)
        return tuple((row[0], int(row[1])) for row in (await connection.execute(chosen)).all())


async def of_call(store: Store, call: str) -> tuple[Item, ...]:
    """What is remembered of one call, oldest first. Raises StorageError."""
    async with store.transaction() as connection:
        chosen = select(ITEMS).where(ITEMS.c.call == call).order_by(ITEMS.c.at, ITEMS.c.id)
        rows = (await connection.execute(chosen)).mappings().all()
    return tuple(item_of(dict(row), store.database.seal.open(row["content"])) for row in rows)
