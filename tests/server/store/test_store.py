"""The store: what goes in comes out, sealed on the disk; words only with consent; what is erased leaves the file."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from tests.calls import heard_as, plan_of, turn
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Risk, RiskLevel
from warmline.server.settings import MemorySettings, Settings, StoreSettings
from warmline.server.store import database
from warmline.server.store.keeping import keeper
from warmline.server.store.records import Ended, Passage, StoredCall, figures_of, row_of, words_of
from warmline.server.store.sealing import Seal, new_key
from warmline.server.store.store import Store
from warmline.server.store.tables import METADATA
from warmline.speech.runtime.errors import SettingsError, StorageError

KEY = new_key()
SECRET = "zanzibarine"
"""A word that stands nowhere else."""


@asynccontextmanager
async def store_at(path: Path, key: str = KEY) -> AsyncGenerator[Store, None]:
    async with database.opened(str(path), Seal(key)) as opened:
        yield Store(opened)


def ended(number: int, said: str = f"I lost my {SECRET}.", heard: str = f"Your {SECRET} is gone.") -> Ended:
    one = turn(number, said, heard, plan_of(cause=f"my {SECRET}", risk=Risk(RiskLevel.L1, ("passive wish",))))
    began_s = 2.5 * number - 2.0
    spoken = (Passage("I lost", began_s, began_s + 0.5), Passage(f"my {SECRET}.", began_s + 0.5, began_s + 1.0))
    marks = (Passage(heard, began_s + 1.2, began_s + 2.0),)
    return Ended(
        replace(one, tags=heard_as(-0.5, 0.2)), 2.5 * number, {"asr": 120.0}, ("opening", "model"), spoken, marks
    )


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def a_call(store: Store, id: str = "c1", caller: str = "ada", *, words: bool = True, turns: int = 3) -> None:
    await store.begin(StoredCall(id, caller, "en", 1000.0, words=words))
    for number in range(1, turns + 1):
        await store.keep_row(row_of(id, number, 1000.0 + number, ended(number), words=words))
    await store.end(id, 1100.0)


async def test_a_call_comes_back_as_it_was(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:
        await a_call(store)
    async with store_at(tmp_path / "calls.db") as store:
        call = await store.call("c1")
        first, *_ = turns = await store.turns("c1")
    assert call == StoredCall("c1", "ada", "en", 1000.0, 1100.0, words=True)
    assert [one.number for one in turns] == [1, 2, 3]
    assert first.user == f"I lost my {SECRET}."
    assert first.heard == f"Your {SECRET} is gone."
    assert first.plan["cause"] == f"my {SECRET}"
    assert first.plan["strategy"] == "Reflection of feelings"
    assert first.risk == 1
    assert first.tags["valence"] == -0.5
    assert first.stages_ms == {"asr": 120.0}
    assert first.sources == ("opening", "model")
    assert first.at_s == 2.5
    assert first.said == (Passage("I lost", 0.5, 1.0), Passage(f"my {SECRET}.", 1.0, 1.5))
    assert first.marks == (Passage(f"Your {SECRET} is gone.", 1.7, 2.5),)


async def test_sealed_words_cannot_be_read_on_the_disk(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:
        await a_call(store)
        assert SECRET.encode() not in bytes_on_disk(tmp_path)
        assert b"valence" not in bytes_on_disk(tmp_path)


async def test_without_consent_figures_are_kept_and_no_word(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db", key="") as store:
        await a_call(store, words=False)
        first = (await store.turns("c1"))[0]
        on_disk = bytes_on_disk(tmp_path)
    assert first.plan["strategy"] == "Reflection of feelings"
    assert "cause" not in first.plan
    assert (first.user, first.heard, first.said, first.words) == ("", "", (), False)
    assert first.marks == (Passage("", 1.7, 2.5),)
    assert b"valence" in on_disk
    assert SECRET.encode() not in on_disk


@pytest.mark.parametrize("how", ["words", "caller", "age", "call"])
async def test_what_is_erased_is_gone_from_the_file(how: str, tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db", key="") as store:
        await a_call(store, turns=40)
        assert SECRET.encode() in bytes_on_disk(tmp_path)
        if how == "words":
            await store.forget_words("c1")
        elif how == "call":
            assert await store.erase_call("c1")
            assert not await store.erase_call("c1")
            assert await store.call("c1") is None
        elif how == "caller":
            assert await store.forget_caller("ada") == 1
            assert await store.calls("ada") == ()
            assert b"ada" not in bytes_on_disk(tmp_path)
        else:
            assert await store.sweep(1001.0) == 1
            assert await store.calls() == ()
        assert SECRET.encode() not in bytes_on_disk(tmp_path)


async def test_one_caller_s_erasure_leaves_the_others(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:
        await a_call(store)
        await a_call(store, "c2", "bea")
        await store.forget_caller("ada")
        assert (await store.turns("c2"))[0].words
        assert not (await store.turns("c1"))[0].words


async def test_consent_is_the_last_word(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:
        assert await store.consented("ada", "memory") == ""
        for value in ("asked", "yes", "no", "asked"):
            await store.consent("ada", "c1", "memory", value, "speech", 1.0)
        assert await store.consented("ada", "memory") == "no"
        assert await store.consented("bea", "memory") == ""


async def test_an_id_may_be_shortened_but_not_ambiguous(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:
        await a_call(store, "abc1", turns=0)
        await a_call(store, "abd2", turns=0)
        found = await store.call("abd")
        assert found is not None
        assert found.id == "abd2"
        assert await store.call("ab") is None
        assert await store.call("") is None
        assert await store.call("%") is None


async def test_the_revisions_make_the_tables(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:

        def differs(connection: Any) -> list[Any]:
            return list(compare_metadata(MigrationContext.configure(connection), METADATA))

        async with store.database.engine.connect() as connection:
            assert await connection.run_sync(differs) == []


async def test_a_wrong_key_is_told_when_the_store_is_opened(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db"):
        pass
    for key, says in ((new_key(), "not the key"), ("", "made with a key")):
        with pytest.raises(SettingsError, match=says):
            async with store_at(tmp_path / "calls.db", key):
                pass
    async with store_at(tmp_path / "calls.db", f"{new_key()},{KEY}"):
        pass


async def test_a_store_without_a_key_is_not_silently_sealed(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db", key=""):
        pass
    with pytest.raises(SettingsError, match="without a key"):
        async with store_at(tmp_path / "calls.db", KEY):
            pass


async def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db"):
        pass
    with sqlite3.connect(tmp_path / "calls.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num='9999'")
    connection.close()
    with pytest.raises(StorageError, match="newer Warmline"):
        async with store_at(tmp_path / "calls.db"):
            pass


@pytest.mark.parametrize(
    ("store", "memory", "says"),
    [
        (StoreSettings("calls.db"), MemorySettings(), "warmline memory key"),
        (StoreSettings("calls.db", key="short"), MemorySettings(), "store.key is no key"),
        (StoreSettings("calls.db", key=KEY), MemorySettings("perhaps"), "ask, yes, no"),
        (StoreSettings("mysql://x/y", key=KEY), MemorySettings(), "postgresql"),
        (StoreSettings(), MemorySettings("perhaps"), "ask, yes, no"),
    ],
)
async def test_settings_that_cannot_be(store: StoreSettings, memory: MemorySettings, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        async with keeper(Settings(store=store, memory=memory)):
            pass


async def test_a_path_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database " * 99, encoding="utf-8")
    for path in (tmp_path / "no" / "calls.db", tmp_path / "file" / "calls.db", tmp_path, tmp_path / "file"):
        with pytest.raises(StorageError, match=r"store\.url"):
            async with store_at(path):
                pass


async def test_errors_quote_no_words(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db", key="") as store:
        await a_call(store)
        with pytest.raises(StorageError) as caught:
            await store.keep_row(row_of("c1", 1, 0.0, ended(1), words=True))
    assert SECRET not in str(caught.value)


async def test_no_log_of_any_library_quotes_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with store_at(tmp_path / "calls.db", key="") as store:
        await a_call(store)
        await store.turns("c1")
        with pytest.raises(StorageError):
            await store.keep_row(row_of("c1", 1, 0.0, ended(1), words=True))
        await store.forget_caller("ada")
    assert SECRET not in caplog.text


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none()))
def test_what_is_closed_opens(value: dict[str, object]) -> None:
    for seal in (Seal(), Seal(KEY)):
        assert seal.open(seal.close(value)) == value


async def test_off_keeps_nothing() -> None:
    async with keeper(Settings()) as keeping:
        assert keeping is None


@pytest.mark.parametrize("text", ["I feel alone since {}.", "{}", "My {} died and I hate {}.", "I want to kill {}."])
def test_the_figures_of_a_plan_quote_nobody(text: str) -> None:
    said = text.format(SECRET, SECRET)
    plan = Planner().plan(PlanningState((turn(1, said, "I see."),), said, risk=Screen().assess(said)))
    plan = replace(plan, memory=(f"your {SECRET}",))
    one = Ended(turn(2, said, said, plan), 1.0)
    assert SECRET not in json.dumps(figures_of(one))
    assert f"your {SECRET}" in json.dumps(words_of(one))


async def test_two_tasks_may_use_it_at_once(tmp_path: Path) -> None:
    async with store_at(tmp_path / "calls.db") as store:
        await asyncio.gather(*(a_call(store, f"c{place}", turns=2) for place in range(8)))
        assert await store.count() == 8
