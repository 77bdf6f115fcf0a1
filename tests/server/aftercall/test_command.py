"""``warmline report``: of a store and of a file, in the kind that the name says."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from tests.server.api.served import a_call, kept
from tests.server.store.test_keeping import SECRET
from warmline.server.cli import main


@pytest.fixture
def store(tmp_path: Path) -> list[str]:
    """Settings of a store with one call."""

    async def fill() -> None:
        async with kept(tmp_path) as keeping:
            await a_call(keeping)

    asyncio.run(fill())
    return ["--set", f"store.url={tmp_path / 'c.db'}", "--set", "store.plaintext=true"]


def test_the_newest_call_as_text(store: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "last", *store]) == 0
    out = capsys.readouterr().out
    assert f"You: I lost my {SECRET}, 1." in out
    assert "My sister hurt me." in out


@pytest.mark.parametrize(
    ("name", "begins"), [("a.json", b"{"), ("a.vtt", b"WEBVTT"), ("a.PDF", b"%PDF"), ("a.txt", b"Y")]
)
def test_a_file_in_the_kind_of_its_name(name: str, begins: bytes, store: list[str], tmp_path: Path) -> None:
    if name == "a.PDF":
        pytest.importorskip("matplotlib")
    out = tmp_path / name
    assert main(["report", "last", "-o", str(out), *store]) == 0
    assert out.read_bytes().startswith(begins)
    assert out.stat().st_mode & 0o077 == 0


def test_a_transcript_has_a_report_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "talk.json"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"I lost my {SECRET}.\n"))
    assert main(["chat", "--keep", str(path), "--set", "llm.backend=scripted"]) == 0
    out = tmp_path / "r.json"
    assert main(["report", str(path), "-o", str(out)]) == 0
    (one,) = json.loads(out.read_text(encoding="utf-8"))["exchanges"]
    assert one["user"] == f"I lost my {SECRET}."
    assert one["heard"]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["report", "last"], "store.url"),
        (["report", "nobody", "STORE"], "no call 'nobody'"),
        (["report", "last", "-o", "call.docx", "STORE"], ".pdf"),
        (["report", "last", "-o", "/nowhere/at/all.txt", "STORE"], "choose another place"),
    ],
)
def test_what_is_wrong_is_told(
    argv: list[str], says: str, store: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word for one in argv for word in (store if one == "STORE" else [one])]
    assert main(given) in {2, 5}
    assert says in capsys.readouterr().err
