"""What waits for the database survives a kill, is done once, and brings back nothing that was erased."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.server.store.test_store import KEY, SECRET, bytes_on_disk, ended, store_at
from warmline.server.store import journal as journals
from warmline.server.store.jobs import (
    Agree,
    Begin,
    Consents,
    End,
    ForgetCaller,
    ForgetWords,
    Job,
    Keep,
    Lost,
    entry_of,
    job_of,
)
from warmline.server.store.journal import Journal, opened, place_of, recovered
from warmline.server.store.records import StoredCall, row_of, words_of
from warmline.server.store.sealing import Seal, new_key
from warmline.server.store.store import Store
from warmline.server.store.writer import Writer, writing
from warmline.speech.runtime.errors import StorageError

CALL = StoredCall("c1", "ada", "en", 1000.0, words=True, link="f" * 64)
TURNS: tuple[Job, ...] = (Begin(CALL), *(Keep(row_of("c1", n, 1000.0 + n, ended(n), words=True)) for n in (1, 2)))
ALL: tuple[Job, ...] = (
    *TURNS,
    Agree("c1", "ada", {1: words_of(ended(1))}),
    Consents("ada", "c1", "memory", "yes", "speech", 1001.0),
    Lost("c1", 2),
    End("c1", 1100.0),
    ForgetWords("c1"),
    ForgetCaller("ada"),
)


@asynccontextmanager
async def after_a_kill(folder: Path, *left: Job, key: str = KEY) -> AsyncGenerator[Store, None]:
    """A store whose last process was killed with these jobs in its journal, opened again."""
    base = folder / "c.db.pending"
    dead = opened(base, Seal(key))
    assert dead is not None
    for job in left:
        dead.add(job)
    os.close(dead._file)
    async with store_at(folder / "c.db", key) as store, writing(store, base):
        yield store


def pending(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.pending*"))


async def everything(store: Store) -> list[Any]:
    calls = await store.calls()
    return [calls, [await store.turns(call.id) for call in calls], await store.consents("ada")]


@pytest.mark.parametrize("job", ALL, ids=lambda job: type(job).__name__)
def test_a_job_comes_back_as_it_was(job: Job) -> None:
    assert entry_of(job_of(json.loads(json.dumps(entry_of(job))))) == json.loads(json.dumps(entry_of(job)))


async def test_what_was_waiting_is_in_the_store_and_the_file_is_gone(tmp_path: Path) -> None:
    async with after_a_kill(tmp_path, *TURNS) as store:
        (call,) = await store.calls()
        assert call == CALL
        assert [turn.number for turn in await store.turns("c1")] == [1, 2]
        assert SECRET in (await store.turns("c1"))[0].user
    assert pending(tmp_path) == []


@pytest.mark.parametrize("done", range(len(ALL) + 1))
async def test_it_does_not_matter_how_much_had_been_done(done: int, tmp_path: Path) -> None:
    """Killed between the database's commit and emptying the journal: nothing is there twice, nothing differs."""
    async with store_at(tmp_path / "one.db") as store:
        for job in ALL:
            await job.do(store)
        expected = await everything(store)
    async with store_at(tmp_path / "c.db") as store:
        for job in ALL[:done]:
            await job.do(store)
    async with after_a_kill(tmp_path, *ALL) as store:
        assert await everything(store) == expected


async def test_words_of_who_has_been_forgotten_since_do_not_come_back(tmp_path: Path) -> None:
    async with store_at(tmp_path / "c.db", key="") as store:
        await TURNS[0].do(store)
        await store.forget_caller("ada")
    async with after_a_kill(tmp_path, *TURNS, ALL[3], key="") as store:
        turns = await store.turns("c1")
        assert [turn.number for turn in turns] == [1, 2]  # the figures are
        assert [turn.words for turn in turns] == [False, False]
        assert await store.calls("ada") == ()
    assert SECRET.encode() not in bytes_on_disk(tmp_path)


async def test_another_process_s_journal_is_left_alone(tmp_path: Path) -> None:
    base = tmp_path / "c.db.pending"
    alive = opened(base, Seal(KEY))
    assert alive is not None
    for job in TURNS:
        alive.add(job)
    async with store_at(tmp_path / "c.db") as store, writing(store, base):
        assert await store.calls() == ()
        assert pending(tmp_path) == ["c.db.pending", "c.db.pending.1"]
    alive.close()
    assert base.exists()  # it was not done


@pytest.mark.parametrize("cut", [1, 40, 300])
async def test_a_line_that_the_kill_cut_short_costs_no_other(
    cut: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    base = tmp_path / "c.db.pending"
    journal = opened(base, Seal(KEY))
    assert journal is not None
    for job in TURNS:
        journal.add(job)
    os.close(journal._file)
    base.write_bytes(base.read_bytes()[:-cut])
    async with store_at(tmp_path / "c.db") as store:
        assert await recovered(base, store) == (3 if cut == 1 else 2)
        assert len(await store.turns("c1")) == (2 if cut == 1 else 1)
    assert ("1 entries" in caplog.text) is (cut > 1)


async def test_where_the_store_does_not_take_it_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StorageError("the store failed: database or disk is full")

    monkeypatch.setattr(Keep, "again", full)
    with pytest.raises(StorageError, match="full"):
        async with after_a_kill(tmp_path, *TURNS):
            pass
    monkeypatch.undo()
    async with after_a_kill(tmp_path) as store:
        assert len(await store.turns("c1")) == 2


async def test_it_is_sealed(tmp_path: Path) -> None:
    journal = opened(tmp_path / "p", Seal(KEY))
    assert journal is not None
    for job in TURNS:
        journal.add(job)
    assert SECRET.encode() not in bytes_on_disk(tmp_path)
    assert b'"ada"' not in bytes_on_disk(tmp_path)  # in quotes, as in JSON: three letters alone come up by chance
    os.close(journal._file)
    async with store_at(tmp_path / "c.db", new_key()) as store:
        assert await recovered(tmp_path / "p", store) == 0  # another key opens none of it


# --- with the writer --------------------------------------------------------------------------------------------------


async def test_it_is_written_down_before_put_returns_and_emptied_when_the_store_has_it(tmp_path: Path) -> None:
    base = tmp_path / "c.db.pending"
    async with store_at(tmp_path / "c.db", key="") as store, writing(store, base) as writer:
        for job in TURNS:
            writer.put(job)
        assert base.read_bytes().count(b"\n") == 3
        await writer.flushed()
        assert base.read_bytes() == b""
    assert not base.exists()


async def test_erasing_takes_it_out_of_the_journal_though_others_still_wait(tmp_path: Path) -> None:
    base = tmp_path / "c.db.pending"
    async with store_at(tmp_path / "c.db", key="") as store:
        journal = opened(base, Seal())
        assert journal is not None
        writer = Writer(store, journal)
        store.on_erase = writer.tidy
        for job in (*TURNS, ForgetWords("c1"), Begin(replace(CALL, id="c2"))):
            writer.put(job)
        for _ in range(4):  # as the writer does, up to the erasure
            work, _done = writer._waiting[0]
            assert not callable(work)
            await work.do(store)
            writer._waiting.popleft()
        left = [json.loads(line) for line in base.read_bytes().split(b"\n") if line]
        assert [entry["job"] for entry in left] == ["ForgetWords", "Begin"]
        assert SECRET.encode() not in bytes_on_disk(tmp_path)
        journal.close()


async def test_a_long_journal_is_cut_to_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "MOST_BYTES", 20_000)
    base = tmp_path / "c.db.pending"
    async with store_at(tmp_path / "c.db") as store, writing(store, base) as writer:
        writer.put(TURNS[0])
        sizes = []
        for number in range(1, 60):
            writer.put(Keep(row_of("c1", number, 1.0, ended(number), words=True)))
            done = writer.put(Keep(row_of("c1", 1000 + number, 1.0, ended(number), words=True)))
            if number > 5:
                await writer._waiting[0][1]  # always some are left
            sizes.append(base.stat().st_size)
        await done
        assert max(sizes) < 400_000
        assert len(await store.turns("c1")) == 118


async def test_a_full_disk_is_told_once_and_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    base = tmp_path / "c.db.pending"
    real = os.write
    async with store_at(tmp_path / "c.db") as store, writing(store, base) as writer:
        writer.put(TURNS[0])
        whole = base.read_bytes()
        monkeypatch.setattr(journals.os, "write", lambda file, data: real(file, data[:10]))
        for job in TURNS[1:]:
            writer.put(job)
        assert base.read_bytes() == whole  # no half lines
        monkeypatch.undo()
        await writer.flushed()
        assert len(await store.turns("c1")) == 2
    assert caplog.text.count("a crash may lose it") == 1


def test_where_nothing_can_be_written_there_is_no_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    assert opened(tmp_path / "file" / "p", Seal()) is None
    assert "a crash may lose the last turns" in caplog.text


async def test_journals_of_a_server_lie_in_the_cache_and_tell_no_password(tmp_path: Path) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    from warmline.server.store.database import Database

    pytest.importorskip("asyncpg")
    engine = create_async_engine("postgresql+asyncpg://me:secret@host/name")
    place = place_of(Database(engine, Seal()), tmp_path)
    assert place.parent == tmp_path / "pending"
    assert "secret" not in str(place)


def test_closing_keeps_what_is_not_done(tmp_path: Path) -> None:
    for jobs, there in (((), False), (TURNS, True)):
        journal: Journal | None = opened(tmp_path / "p", Seal())
        assert journal is not None
        for job in jobs:
            journal.add(job)
        journal.close()
        assert (tmp_path / "p").exists() is there
