"""The store on a real PostgreSQL, where this machine has one (Debian: apt-get install postgresql)."""

from __future__ import annotations

import json
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
from tests.server.store.test_store import KEY, SECRET, a_call, ended
from warmline.server.cli import main
from warmline.server.store import database, links, listing, memories, sharing
from warmline.server.store.jobs import Begin, End, Keep
from warmline.server.store.journal import opened, recovered
from warmline.server.store.listing import Place, Wanted
from warmline.server.store.records import StoredCall, row_of
from warmline.server.store.sealing import Seal, new_key
from warmline.server.store.sharing import Access, Share
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


async def test_links_sharing_and_pages_are_the_same_as_on_sqlite(url: str) -> None:
    secret = links.fresh()
    async with database.opened(url, Seal(KEY)) as opened:
        store = Store(opened)
        await store.begin(StoredCall("p1", "bea", "en", 2000.5, link=links.hashed(secret)))
        await a_call(store, "p2", "bea")
        found = await links.opened(store, secret)
        assert found is not None
        assert found.id == "p1"
        await sharing.share(store, found, Share.OPERATOR, 1.0)
        await sharing.note(store, "p1", Access("ab", "read", 2.0))
        first, second = await listing.page(store, Wanted(caller="bea"), 9)
        assert [(row.call.id, row.turns, row.risk) for row in (first, second)] == [("p1", 0, 0), ("p2", 3, 1)]
        assert (first.share, second.share) == (Share.OPERATOR, Share.NONE)
        after = Place(first.call.started, first.call.id)
        assert [row.call.id for row in await listing.page(store, Wanted(caller="bea"), 9, after)] == ["p2"]
        assert [row.call.id for row in await listing.page(store, Wanted(caller="bea", risk=1), 9)] == ["p2"]
        for id in ("p1", "p2"):
            assert await store.erase_call(id)
        assert await sharing.accesses(store, "p1") == ()
        assert await listing.page(store, Wanted(caller="bea"), 9) == ()


async def test_what_a_killed_process_left_is_done(url: str, tmp_path: Path) -> None:
    call = StoredCall("p3", "cal", "en", 3000.0, words=True)
    jobs = (Begin(call), Keep(row_of("p3", 1, 3001.0, ended(1), words=True)), End("p3", 3002.0))
    journal = opened(tmp_path / "pending", Seal(KEY))
    assert journal is not None
    for job in jobs:
        journal.add(job)
    os.close(journal._file)
    async with database.opened(url, Seal(KEY)) as open_:
        store = Store(open_)
        await jobs[0].do(store)
        assert await recovered(tmp_path / "pending", store) == 3
        assert [turn.user for turn in await store.turns("p3")] == [f"I lost my {SECRET}."]
        assert await store.erase_call("p3")


def test_a_killed_server_has_kept_what_callers_were_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    crash = ["bench", "crash", "--kills", "1", "--calls", "3", "--within", "0.5", "--json", "--url", url, "--key", KEY]
    assert main(crash) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["store"], found["kills"]) == ("PostgreSQL", 1)
    assert found["finished"] > 0
    assert (found["lost"], found["corrupt"], found["troubles"]) == (0, 0, [])
