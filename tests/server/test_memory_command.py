"""The command for what is remembered: seen, exported, set right, erased, with clear words where it cannot be."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from tests.dialogue.memory.test_memory import EMBED, item
from tests.server.store.test_store import KEY, SECRET, a_call, store_at
from warmline.server.cli import main
from warmline.server.store import memories


def filled(path: Path) -> None:
    async def fill() -> None:
        async with store_at(path, key="") as store:
            await a_call(store)
            told = (
                item(f"My {SECRET} is gone.", 1000.0, call="c1", turn=2),
                item("Bread helps me.", 1000.0, call="c1"),
            )
            await memories.add(store, "ada", told)
            await memories.add(store, "bea", (item("I live alone.", 1000.0),))

    asyncio.run(fill())


def memory(*argv: str, path: Path, sets: tuple[str, ...] = ("store.plaintext=true",)) -> int:
    settings = [one for each in (f"store.url={path}", *sets) for one in ("--set", each)]
    return main(["memory", *argv, *settings])


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("warmline.dialogue.memory.sentences.shipped", lambda: EMBED)
    filled(tmp_path / "c.db")
    return tmp_path / "c.db"


def bytes_beside(path: Path) -> bytes:
    return b"".join(one.read_bytes() for one in path.parent.iterdir())


def test_what_is_remembered_is_listed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory("list", path=path) == 0
    assert "ada" in capsys.readouterr().out
    assert memory("list", "ada", "--json", path=path) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["text"] for one in found["memories"]] == [f"My {SECRET} is gone.", "Bread helps me."]
    assert memory("show", "ada", "1", path=path) == 0
    assert "turn 2" in capsys.readouterr().out


def test_everything_of_a_caller_is_exported_for_them_alone(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "ada.json"
    assert memory("export", "ada", "-o", str(out), path=path) == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["calls"][0]["turns"][0]["user"] == f"I lost my {SECRET}."
    assert len(told["memories"]) == 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    out.unlink()


def test_a_correction_leaves_nothing_of_the_old_memory(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory("forget", "ada", "--yes", path=path) == 0  # the transcript holds the word too
    filled(path.parent / "d.db")

    async def only_memories() -> None:
        async with store_at(path.parent / "d.db", key="") as store:
            await store.forget_words("c1")
            await memories.add(store, "ada", (item(f"My {SECRET} is gone."),))

    asyncio.run(only_memories())
    capsys.readouterr()
    assert memory("list", "ada", "--json", path=path.parent / "d.db") == 0
    (one,) = json.loads(capsys.readouterr().out)["memories"]
    assert memory("correct", "ada", str(one["id"]), "My cousin Ana is gone.", path=path.parent / "d.db") == 0
    assert "My cousin Ana is gone." in capsys.readouterr().out
    assert SECRET.encode() not in bytes_beside(path)


def test_one_is_forgotten_with_the_words_it_came_from(path: Path) -> None:
    assert memory("forget", "ada", "1", path=path) == 0

    async def left() -> tuple[int, list[bool]]:
        async with store_at(path, key="") as store:
            return len(await memories.of(store, "ada")), [one.words for one in await store.turns("c1")]

    assert asyncio.run(left()) == (1, [True, False, True])


def test_all_is_forgotten_and_nothing_is_left(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert SECRET.encode() in bytes_beside(path)
    assert memory("forget", "ada", path=path) == 2
    assert "--yes" in capsys.readouterr().err
    assert memory("forget", "ada", "--yes", path=path) == 0
    assert SECRET.encode() not in bytes_beside(path)
    capsys.readouterr()
    assert memory("list", "--json", path=path) == 0
    assert [one["caller"] for one in json.loads(capsys.readouterr().out)["callers"]] == ["bea"]


def test_a_changed_mind_can_be_written_down(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory("allow", "ada", path=path) == 0
    capsys.readouterr()
    assert memory("list", "ada", "--json", path=path) == 0
    assert json.loads(capsys.readouterr().out)["consent"] == "yes"


@pytest.mark.parametrize(
    ("argv", "status", "says"),
    [
        (("show", "ada", "99"), 2, "has no memory 99"),
        (("show", "ada"), 2, "needs an ITEM"),
        (("show",), 2, "needs a CALLER"),
        (("correct", "ada", "1"), 2, "needs a TEXT"),
        (("forget", "ada", "99"), 2, "has no memory 99"),
        (("export", "nobody"), 2, "nothing is kept"),
    ],
)
def test_what_cannot_be_is_told(
    argv: tuple[str, ...], status: int, says: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert memory(*argv, path=path) == status
    assert says in capsys.readouterr().err


def test_settings_that_are_missing_are_told(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "list"]) == 2
    assert "store.url" in capsys.readouterr().err
    assert memory("list", path=path, sets=()) == 2
    assert "store.key" in capsys.readouterr().err
    assert memory("list", path=path, sets=(f"store.key={KEY}",)) == 2
    assert "without a key" in capsys.readouterr().err


def test_a_key_is_made_and_never_shown_by_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "key"]) == 0
    key = capsys.readouterr().out.strip()
    assert main(["settings", "--set", f"store.key={key}"]) == 0
    out = capsys.readouterr().out
    assert key not in out
    assert "(set)" in out
