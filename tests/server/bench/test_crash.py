"""Killing a real server: what callers were told is there afterwards; and the check itself finds what is not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.calls import turn
from warmline.server.bench.crash import Crashed, Shop, _Caller, _looked
from warmline.server.cli import main
from warmline.server.store import database
from warmline.server.store.records import Ended, StoredCall, row_of
from warmline.server.store.sealing import Seal, new_key
from warmline.server.store.store import Store

KEY = new_key()


async def a_store(path: Path) -> None:
    async with database.opened(str(path), Seal(KEY)) as opened:
        store = Store(opened)
        await store.begin(StoredCall("c1", "ada", "en", 1.0, words=True))
        await store.keep_row(row_of("c1", 1, 1.0, Ended(turn(1, "one line", "I see."), 1.0), words=True))


def shop(folder: Path) -> Shop:
    return Shop(str(folder / "c.db"), KEY, folder)


def told(*lines: str) -> _Caller:
    return replace(_Caller("ada", asyncio.Event()), finished=list(lines))


async def test_the_check_counts_what_was_told_and_is_not_there(tmp_path: Path) -> None:
    await a_store(tmp_path / "c.db")
    found = Crashed()
    await _looked(found, shop(tmp_path), [told("one line"), told("another line", "one line")])
    assert (found.finished, found.lost, found.corrupt) == (3, 1, 0)


async def test_the_check_finds_a_damaged_store(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    await a_store(path)
    whole = bytearray(path.read_bytes())
    whole[4096 * 2 : 4096 * 12] = b"\xa5" * (4096 * 10)
    path.write_bytes(whole)
    found = Crashed()
    await _looked(found, shop(tmp_path), [told("one line")])
    assert found.corrupt == 1


def test_a_killed_server_has_kept_every_exchange_whose_end_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "crash", "--kills", "1", "--calls", "3", "--within", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kills"] == 1
    assert found["finished"] > 0
    assert (found["lost"], found["corrupt"], found["troubles"]) == (0, 0, [])


def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "crash", "--kills", "0"]) == 2
    assert "--kills" in capsys.readouterr().err
