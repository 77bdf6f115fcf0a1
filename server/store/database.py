"""Opens the database: checks the settings and the key, brings its tables up to date, and closes it again.

SQLite through aiosqlite (a thread of its own, so nothing blocks the event loop), PostgreSQL through asyncpg. Durable on
purpose: write-ahead log, every commit synced, deleted pages overwritten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from warmline.server.settings import MemorySettings, StoreSettings
from warmline.server.store.sealing import CHECK, HOW, Seal
from warmline.server.store.tables import STORE
from warmline.speech.runtime.errors import MissingExtra, SettingsError, StorageError

BUSY_S: Final = 2.0
"""How long SQLite waits for another writer before it gives up."""

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


@dataclass(frozen=True, slots=True)
class Database:
    """An open database and what closes its columns."""

    engine: AsyncEngine
    seal: Seal

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


def url_of(text: str) -> str:
    """``store.url`` as SQLAlchemy wants it; without a scheme it is the path of a SQLite file. Raises SettingsError."""
    scheme, colon, rest = text.partition("://")
    if not colon:
        return f"sqlite+aiosqlite:///{Path(text).expanduser()}"
    if scheme in _DRIVERS.values():
        return text
    if scheme not in _DRIVERS:
        raise SettingsError(f"store.url is a file's path, sqlite:///PATH or postgresql://..., not {scheme}://...")
    return f"{_DRIVERS[scheme]}://{rest}"


def check(store: StoreSettings, memory: MemorySettings) -> Seal:
    """The seal of these settings. Raises SettingsError where words would be kept in the open without the operator's
    word for it."""
    seal = Seal(store.key)
    if not seal.closes and not store.plaintext and memory.consent != "no":
        raise SettingsError(
            f"what callers say is kept sealed: set store.key ({HOW}), or memory.consent=no to keep no words, "
            "or store.plaintext=true to keep them readable for everyone who can read the file"
        )
    return seal


@asynccontextmanager
async def opened(url: str, seal: Seal) -> AsyncGenerator[Database, None]:
    """The database at ``url`` (see :func:`url_of`), up to date. Raises StorageError, SettingsError for a wrong key."""
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)  # its debug lines quote what is written
    try:
        engine = create_async_engine(url_of(url), hide_parameters=True)
    except ModuleNotFoundError as error:
        raise MissingExtra(f'this store.url needs a package: pip install "warmline[postgresql]" ({error})') from error
    except SQLAlchemyError as error:
        raise SettingsError(f"store.url is no database address ({type(error).__name__})") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _pragmas)
    database = Database(engine, seal)
    try:
        try:
            await _prepare(database)
        except (SQLAlchemyError, OSError) as error:
            raise StorageError(f"the store cannot be opened: {reason(error)}. Check store.url") from error
        yield database
    finally:
        await asyncio.shield(engine.dispose())


def reason(error: Exception) -> str:
    """What the driver says, without the statement and its values: they may hold a person's words."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).splitlines()[0] if cause is not None and str(cause) else type(error).__name__


def _pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={round(BUSY_S * 1000)}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _prepare(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade)
        row = (await connection.execute(select(STORE.c.check))).first()
        if row is None:
            await connection.execute(insert(STORE).values(check=database.seal.close(CHECK)))
            return
        if database.seal.closes == (row.check[:1] == b"{"):
            open_ = row.check[:1] == b"{"
            was, now = ("without a key", "store.plaintext=true") if open_ else ("with a key", "store.key")
            raise SettingsError(f"this store was made {was}: set {now}, or another store.url")
        try:
            database.seal.open(row.check)
        except StorageError as error:
            raise SettingsError("store.key is not the key this store was made with") from error


def _upgrade(connection: Connection) -> None:
    """Run the revisions that are missing."""
    config = Config()
    config.set_main_option("script_location", str(files("warmline.server.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == script.get_current_head():
        return
    if current is not None and current not in {one.revision for one in script.walk_revisions()}:
        raise StorageError("this store was made by a newer Warmline: update, or set another store.url")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
