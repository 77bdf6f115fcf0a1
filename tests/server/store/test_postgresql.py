"""The store on a real PostgreSQL, where this machine has one (Debian: apt-get install postgresql)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from tests.dialogue.memory.test_memory import item
from tests.server.store.test_store import KEY, SECRET, a_call
from warmline.server.store import database, memories
from warmline.server.store.sealing import Seal, new_key
from warmline.server.store.store import Store
from warmline.server.store.tables import METADATA
from warmline.speech.runtime.errors import SettingsError, StorageError

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
PORT = 54_329


def pg(command: str, *argv: str) -> None:
    """PostgreSQL does not run as root; its own user does it then."""
    line = [str(BINARIES[-1] / command), *argv]
    if os.getuid() == 0:
        line = ["runuser", "-u", "postgres", "--", *line]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if not BINARIES:
        pytest.skip("no PostgreSQL on this machine")
    pytest.importorskip("asyncpg")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    try:
        pg("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "warmline")
        pg("pg_ctl", "-D", f"{folder}/data", "-w", "-o", f"-k {folder} -h 127.0.0.1 -p {PORT}", "start")
        try:
            yield f"postgresql://warmline@127.0.0.1:{PORT}/postgres"
        finally:
            pg("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_it_keeps_reads_and_erases_like_sqlite(url: str) -> None:
    async with database.opened(url, Seal(KEY)) as opened:
        store = Store(opened)
        await a_call(store)
        await store.consent("ada", "c1", "memory", "yes", "speech", 1.0)
        await memories.add(store, "ada", (item("My sister hurt me.", call="c1"),))
        assert (await store.turns("c1"))[0].user == f"I lost my {SECRET}."
        assert await store.consented("ada", "memory") == "yes"
        assert [one.text for one in await memories.of(store, "ada")] == ["My sister hurt me."]

        def differs(connection: Any) -> list[Any]:
            return list(compare_metadata(MigrationContext.configure(connection), METADATA))

        async with opened.engine.connect() as connection:
            assert await connection.run_sync(differs) == []
        assert await store.forget_caller("ada") == 1
        assert not (await store.turns("c1"))[0].words
        assert await memories.of(store, "ada") == ()
        assert await store.sweep(1e9) == 1
    with pytest.raises(SettingsError, match="not the key"):
        async with database.opened(url, Seal(new_key())):
            pass


async def test_a_server_that_is_not_there_is_told(url: str) -> None:
    with pytest.raises(StorageError, match=r"store\.url"):
        async with database.opened(url.replace(str(PORT), "5"), Seal(KEY)):
            pass
