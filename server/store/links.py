"""The caller's own link to the report of one call: a secret that only they are handed, kept as its hash.

It opens as long as the call is kept. Who has it is taken for the caller, so it is made of 32 random bytes and stands in
no log; the hash in the store opens nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from sqlalchemy import select

from warmline.server.store.records import StoredCall
from warmline.server.store.store import Store
from warmline.server.store.tables import CALLS

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def fresh() -> str:
    """A new secret: 43 letters, digits, - and _."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of it. The secret is random and long, so a plain hash cannot be searched."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def opened(store: Store, secret: str) -> StoredCall | None:
    """The call whose link this is; None for any other text. Raises StorageError."""
    if not _SHAPE.fullmatch(secret):
        return None
    async with store.transaction() as connection:
        row = (await connection.execute(select(CALLS).where(CALLS.c.link == hashed(secret)))).mappings().first()
    return None if row is None else StoredCall(**row)
