"""A call's record: never in the call's way, whole after a kill, silent about words without consent."""

from __future__ import annotations

import asyncio
import io
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.calls import plan_of, turn
from tests.scenarios.rehearsal import Rehearsal
from warmline.server import events as e
from warmline.server.cli import main
from warmline.server.settings import CallSettings, MemorySettings, Settings, StoreSettings
from warmline.server.store import links
from warmline.server.store import writer as writing_module
from warmline.server.store.keeping import Keeper, keeper
from warmline.server.store.record import NOTHING, Passing
from warmline.server.store.records import Ended
from warmline.server.store.store import Store
from warmline.server.store.writer import MOST, Writer
from warmline.speech.runtime.errors import StorageError

SECRET = "zanzibarine"
CALL = CallSettings(caller="ada")


def settings_at(path: Path, consent: str = "ask", days: int = 0) -> Settings:
    return Settings(store=StoreSettings(str(path), plaintext=True, days=days), memory=MemorySettings(consent))


@asynccontextmanager
async def keeping_at(path: Path, consent: str = "ask", days: int = 0) -> AsyncGenerator[Keeper, None]:
    async with keeper(settings_at(path, consent, days)) as keeping:
        assert keeping is not None
        yield keeping


def ended(number: int) -> Ended:
    return Ended(turn(number, f"I lost my {SECRET}, {number}.", "That hurts.", plan_of(cause=SECRET)), float(number))


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("consent", "kept"), [("yes", True), ("ask", False), ("no", False)])
async def test_words_are_kept_with_consent_only(consent: str, kept: bool, tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db", consent) as keeping:
        record = await keeping.begin(CALL)
        for number in (1, 2):
            record.turn(ended(number))
        record.end()
    assert (SECRET.encode() in on_disk(tmp_path)) is kept
    async with keeping_at(tmp_path / "c.db", consent) as keeping:
        (call,) = await keeping.store.calls("ada")
        turns = await keeping.store.turns(call.id)
    assert call.ended is not None
    assert [one.number for one in turns] == [1, 2]
    assert [one.words for one in turns] == [kept, kept]


async def test_a_yes_keeps_the_words_of_before_and_holds_in_later_calls(tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db") as keeping:
        record = await keeping.begin(CALL)
        record.turn(ended(1))
        record.agree("speech")
        record.turn(ended(2))
        record.end()
    async with keeping_at(tmp_path / "c.db") as keeping:
        again = await keeping.begin(CALL)
        again.turn(ended(1))
        again.end()
    async with keeping_at(tmp_path / "c.db") as keeping:
        for call in await keeping.store.calls("ada"):
            assert call.words
            assert all(SECRET in one.user for one in await keeping.store.turns(call.id))


@pytest.mark.parametrize("consent", ["ask", "yes"])
async def test_a_no_erases_and_goes_before_the_setting(consent: str, tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db", consent) as keeping:
        record = await keeping.begin(CALL)
        record.agree("speech")
        record.turn(ended(1))
        record.refuse("speech")
        await keeping._writer.flushed()
        assert SECRET.encode() not in on_disk(tmp_path)
        record.turn(ended(2))
        record.end()
        again = await keeping.begin(CALL)
        again.turn(ended(1))
        again.end()
    assert SECRET.encode() not in on_disk(tmp_path)


async def test_who_never_answers_is_asked_in_two_calls_at_most(tmp_path: Path) -> None:
    may_ask = []
    for _ in range(3):
        async with keeping_at(tmp_path / "c.db") as keeping:
            record = await keeping.begin(CALL)
            may_ask.append(record.standing.ask)
            record.asked()
            record.end()
    assert may_ask == [True, True, False]


async def test_forgetting_erases_earlier_calls_too(tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db", "yes") as keeping:
        for _ in range(2):
            record = await keeping.begin(CALL)
            record.turn(ended(1))
            record.end()
        record = await keeping.begin(CALL)
        record.turn(ended(1))
        record.forget("speech")
        await keeping._writer.flushed()
        assert SECRET.encode() not in on_disk(tmp_path)
        record.turn(ended(2))
        record.end()
    assert SECRET.encode() not in on_disk(tmp_path)
    async with keeping_at(tmp_path / "c.db", "yes") as keeping:
        assert await keeping.store.consented("ada", "memory") == "no"


async def test_nobody_is_known_by_no_name(tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db") as keeping:
        for agrees in (True, False):
            record = await keeping.begin(CallSettings())
            if agrees:
                record.agree("speech")
            record.turn(ended(1))
            record.end()
    async with keeping_at(tmp_path / "c.db") as keeping:
        words = [(await keeping.store.turns(call.id))[0].words for call in await keeping.store.calls()]
    assert sorted(words) == [False, True]


async def test_what_is_too_old_is_erased_by_itself(tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db", "yes") as keeping:
        old = Keeper(keeping._writer, settings_at(tmp_path / "c.db", "yes"), lambda: time.time() - 91 * 86_400)
        record = await old.begin(CALL)
        record.turn(ended(1))
        record.end()
    async with keeping_at(tmp_path / "c.db", "yes", days=90):
        pass
    assert SECRET.encode() not in on_disk(tmp_path)


async def test_a_server_that_runs_for_months_sweeps_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmline.server.store.keeping.SWEEP_EVERY_S", 0.05)
    async with keeping_at(tmp_path / "c.db", "yes", days=90) as keeping:
        old = Keeper(keeping._writer, settings_at(tmp_path / "c.db", "yes"), lambda: time.time() - 91 * 86_400)
        record = await old.begin(CALL)
        record.turn(ended(1))
        record.end()
        await keeping._writer.flushed()
        assert await keeping.store.count() == 1
        for _ in range(200):
            await asyncio.sleep(0.02)
            if not await keeping.store.count():
                break
        assert await keeping.store.count() == 0


# --- trouble ----------------------------------------------------------------------------------------------------------


class FailingStore(Store):
    """Every writing fails, as on a full disk."""

    async def keep_row(self, row: object) -> None:
        raise StorageError("the store failed: database or disk is full")


async def test_a_full_disk_loses_the_record_and_not_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with keeping_at(tmp_path / "c.db", "yes") as keeping:
        monkeypatch.setattr(keeping._writer, "store", FailingStore(keeping.store.database))
        record = await keeping.begin(CALL)
        for number in (1, 2, 3):
            record.turn(ended(number))
        await keeping._writer.flushed()
        monkeypatch.undo()
        record.turn(ended(4))
        record.end()
        await keeping._writer.flushed()
        await keeping._writer.flushed()
        (call,) = await keeping.store.calls("ada")
        assert call.lost == 3
        assert [one.number for one in await keeping.store.turns(call.id)] == [4]
    told = [line for line in caplog.messages if "disk is full" in line]
    assert len(told) == 1
    assert SECRET not in caplog.text


async def test_a_really_full_database_is_survived(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite's own limit of pages stands for the disk's."""
    async with keeping_at(tmp_path / "c.db", "yes") as keeping:
        async with keeping.store.database.engine.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
        record = await keeping.begin(CALL)
        for number in range(1, 60):
            record.turn(replace(ended(number), stages_ms={f"stage {place}": 1.0 for place in range(60)}))
        record.end()
        await keeping._writer.flushed()
        assert keeping._writer.lost > 0
    assert "full" in caplog.text


async def test_a_locked_database_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warmline.server.store.database.BUSY_S", 0.01)
    monkeypatch.setattr(writing_module, "RETRY_S", 0.1)
    async with keeping_at(tmp_path / "c.db", "yes") as keeping:
        record = await keeping.begin(CALL)
        await keeping._writer.flushed()
        other = sqlite3.connect(tmp_path / "c.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        record.turn(ended(1))
        assert time.monotonic() - begun < 0.05  # the call does not wait
        await asyncio.sleep(0.05)
        other.execute("ROLLBACK")
        other.close()
        record.end()
        await keeping._writer.flushed()
        assert keeping._writer.lost == 0


async def test_too_much_waiting_leaves_turns_out_but_no_erasure() -> None:
    writer = Writer(Mock(unscrubbed=False))
    done: list[str] = []

    async def work(_: Store, name: str) -> None:
        done.append(name)

    for place in range(MOST + 5):
        writer.put(lambda store, place=place: work(store, f"turn {place}"))
    writer.put(lambda store: work(store, "erase"), must=True)
    task = asyncio.create_task(writer.run())
    await writer.flushed()
    task.cancel()
    await asyncio.wait([task])
    assert writer.lost == 5
    assert len(done) == MOST + 1
    assert done[-1] == "erase"


# --- kill -9 ----------------------------------------------------------------------------------------------------------

WRITES = """
import asyncio, sys
from tests.server.store.test_keeping import CALL, ended, keeping_at
from pathlib import Path

async def main():
    async with keeping_at(Path(sys.argv[1]), "yes") as keeping:
        record = await keeping.begin(CALL)
        for number in range(1, 100_000):
            record.turn(ended(number))
            print(number, flush=True)
            if number % 40 == 0:
                await keeping._writer.flushed()
            await asyncio.sleep(0)

asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(4))
def test_what_was_finished_is_there_after_a_kill(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "1"
        time.sleep(random.Random(seed).uniform(0.0, 0.4))
        process.send_signal(signal.SIGKILL)
        told = [1, *(int(line) for line in process.stdout.read().split("\n")[:-1])]
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()

    async def read() -> None:
        async with keeping_at(path) as keeping:
            (call,) = await keeping.store.calls("ada")
            assert call.ended is None
            turns = await keeping.store.turns(call.id)
            assert [one.number for one in turns][: len(told)] == told
            assert all(SECRET in one.user for one in turns)

    asyncio.run(read())


# --- in a call --------------------------------------------------------------------------------------------------------


class Noted(Passing):
    """Keeps a call's record in a list."""

    def __init__(self, fails: bool = False) -> None:
        super().__init__(NOTHING)
        self.ended: list[Ended | None] = []
        self._fails = fails

    async def begin(self, call: CallSettings) -> Noted:
        if self._fails:
            raise StorageError("the store failed: disk I/O error")
        return self

    def turn(self, ended: Ended) -> None:
        self.ended.append(ended)

    def end(self) -> None:
        self.ended.append(None)


class Linked(Noted):
    link = "k" * 43

    async def begin(self, call: CallSettings) -> Linked:
        return self


def test_a_call_hands_over_each_turn_and_its_end() -> None:
    noted = Noted()
    call = Rehearsal("0.5-2.5", "0.5-2.5 I lost my job last week", keeper=noted)
    call.play(10.0)
    first, end = noted.ended
    assert first is not None
    assert first.turn.user.text == "I lost my job last week"
    assert first.turn.heard == first.turn.planned
    assert first.at_s > 2.5
    assert set(first.sources) <= {"opening", "model", "fallback"}
    assert "asr" in first.stages_ms
    assert " ".join(one.text for one in first.said) == first.turn.user.text
    assert " ".join(mark.text for mark in first.marks) == first.turn.heard
    (began,) = call.of(e.ReplyBegan)
    assert isinstance(began, e.ReplyBegan)
    assert first.marks[0].start_s == pytest.approx(began.at / 16_000)
    assert first.marks[-1].end_s == pytest.approx(first.at_s, abs=0.1)
    assert end is None


def test_a_reply_that_is_cut_is_marked_as_far_as_it_was_heard() -> None:
    noted = Noted()
    words = "0.5-2.5 I lost my job last week; 4.2-7.0 no wait that is not what I mean at all"
    call = Rehearsal("0.5-2.5, 4.2-7.0", words, scores="1.0, 1.0", word_ms=400, keeper=noted)
    call.play(16.0)
    first = noted.ended[0]
    assert first is not None
    assert 0 < len(first.turn.heard.split()) < len(first.turn.planned.split())
    assert " ".join(mark.text for mark in first.marks) == first.turn.heard
    assert first.marks[-1].end_s <= first.at_s + 0.05


async def test_each_call_has_a_link_of_its_own_and_is_running_until_its_end_is_written(tmp_path: Path) -> None:
    async with keeping_at(tmp_path / "c.db") as keeping:
        one, other = await keeping.begin(CALL), await keeping.begin(CALL)
        assert one.link != other.link
        assert keeping.running == {one.id, other.id}
        found = await links.opened(keeping.store, one.link)
        assert found is None or found.id == one.id  # perhaps not written yet
        one.end()
        await keeping._writer.flushed()
        await asyncio.sleep(0)
        assert keeping.running == {other.id}
        found = await links.opened(keeping.store, one.link)
        assert found is not None
        assert found.id == one.id


def test_the_caller_is_told_their_link_once_and_only_where_there_is_a_record() -> None:
    for keeper_, told in ((Linked(), [e.ReportReady("k" * 43)]), (None, [])):
        call = Rehearsal("0.5-2.5", "0.5-2.5 I lost my job last week", keeper=keeper_)
        call.play(8.0)
        assert call.of(e.ReportReady) == told


def test_a_store_that_fails_does_not_end_the_call() -> None:
    call = Rehearsal("0.5-2.5", "0.5-2.5 I lost my job last week", keeper=Noted(fails=True))
    call.play(10.0)
    assert len(call.of(e.ReplyEnded)) == 1
    (told,) = call.of(e.Trouble)
    assert isinstance(told, e.Trouble)
    assert "nothing of this call is kept" in told.what


def test_chat_keeps_what_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"I lost my {SECRET}.\nIt hurts.\n"))
    argv = ["chat", "--set", "llm.backend=scripted", "--set", "llm.lines=[' ashamed of it.']"]
    for item in (f"store.url={tmp_path / 'c.db'}", "store.plaintext=true", "memory.consent=yes", "call.caller=ada"):
        argv += ["--set", item]
    assert main(argv) == 0

    async def read() -> None:
        async with keeping_at(tmp_path / "c.db") as keeping:
            (call,) = await keeping.store.calls("ada")
            first, second = await keeping.store.turns(call.id)
        assert call.ended is not None
        assert first.user == f"I lost my {SECRET}."
        assert first.heard in capsys.readouterr().out
        assert second.at_s >= first.at_s

    asyncio.run(read())


def test_a_key_that_is_missing_is_told_before_models_load(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["chat", "--set", f"store.url={tmp_path / 'c.db'}"]) == 2
    err = capsys.readouterr().err
    assert "warmline memory key" in err
    assert "loading" not in err
