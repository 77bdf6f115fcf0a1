"""The command keeps its contract, goes on where it was, compares, reports, and says what is wrong."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from conversation_cards import write

from warmline.dialogue.evaluate.conversation import rehearsal
from warmline.dialogue.evaluate.conversation.talk import kept
from warmline.server.cli import main

FAKES = ("--set", "llm.backend=scripted", "--set", "voice.backend=tone", "--set", "spare_voice.backend=''")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["eval", "conversation", *words, "--text", "--turns", "3", "--json", *FAKES]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1
    found = json.loads(lines[0])
    assert isinstance(found, dict)
    return found


def test_the_contract_goes_on_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards, out = str(write(tmp_path / "cards.json")), tmp_path / "talks"
    first = run(capsys, cards, "--only", "mara", "--out", str(out))
    assert {"completed", "intensity", "early_advice_rate", "coherence", "agreement", "n", "version", "hardware"} <= set(
        first
    )
    assert (first["n"], first["completed"], first["stuck"], first["crashes"]) == (1, 1.0, 0, 0)
    written = {path: path.stat().st_mtime_ns for path in out.glob("*.json")}
    report, page = tmp_path / "report.html", tmp_path / "rate.html"
    dead = "http://127.0.0.1:9/v1"
    found = run(capsys, cards, "--seeds", "2", "--out", str(out), "--against", "planner-off", "--judge", dead,
                "--report", str(report), "--page", str(page))  # fmt: skip
    assert all(path.stat().st_mtime_ns == when for path, when in written.items())
    assert found["n"] == 4
    paired = found["paired"]
    assert isinstance(paired, dict)
    assert paired["pairs"] == 4
    assert len(paired["interval"]) == 2
    agreement = found["agreement"]
    assert isinstance(agreement, dict)
    for one in agreement.values():
        assert (one["score"] is None) == bool(one["not_shown"])
        assert one["score"] is None or one["weighted_kappa"] is not None or one["icc"] is not None
    assert any("no language model server answers" in what for what in found["judges_absent"])  # type: ignore[attr-defined]
    assert sorted(kept(out)) == sorted(kept(out / "planner-off")) == ["7-0", "7-1", "mara-0", "mara-1"]
    _pages(report.read_text(), page.read_text())
    again = run(capsys, cards, "--seeds", "2", "--out", str(out), "--against", str(out / "planner-off"))
    assert again["paired"] == paired


def _pages(report: str, page: str) -> None:
    assert report.count("<svg") >= 3
    assert "<script" not in report
    assert not re.search(r"src=|href=\"|url\(", report + page)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert len(data["talks"]) == 8
    assert not re.search('mara|planner|warmline"', json.dumps(data["talks"]).lower().replace("this is warmline", ""))


def test_a_shard_and_the_end_of_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards, out = str(write(tmp_path / "cards.json")), tmp_path / "talks"
    assert run(capsys, cards, "--shard", "2/2", "--out", str(out))["n"] == 1
    assert sorted(kept(out)) == ["7-0"]
    found = run(capsys, cards, "--out", str(out), "--minutes", "0.000000001")
    assert (found["n"], found["left"]) == (1, 1)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--turns", "0"], "at least 1"),
        (["--shard", "3/2"], "--shard takes"),
        (["--shard", "3/3"], "only 2 cards"),
        (["--only", "none"], "no card none"),
        (["--against", "nowhere"], "planner-off"),
        (["--jobs", "2", "--text"], "embedded"),
        (["--seeker", "ftp://x", "--text"], "no server"),
    ],
)
def test_wrong_usage_says_so(tmp_path: Path, args: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "conversation", str(write(tmp_path / "cards.json")), *args]) == 2
    assert says in capsys.readouterr().err


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cards, out = str(write(tmp_path / "cards.json")), tmp_path / "talks"
    real, held = rehearsal.talk, []

    async def once(*args: Any) -> Any:
        if held:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(30.0)
        held.append(1)
        return await real(*args)

    monkeypatch.setattr(rehearsal, "talk", once)
    args = ["eval", "conversation", cards, "--text", "--turns", "2", "--out", str(out), *FAKES]
    assert main(args) == 130
    assert "the same command" in capsys.readouterr().err
    assert sorted(kept(out)) == ["mara-0"]
    monkeypatch.setattr(rehearsal, "talk", real)
    assert main(args) == 0
    assert sorted(kept(out)) == ["7-0", "mara-0"]


def test_a_folder_that_cannot_be_written_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    args = ["eval", "conversation", str(write(tmp_path / "cards.json")), "--text", "--turns", "1", *FAKES]
    assert main([*args, "--out", str(tmp_path / "file")]) == 5
    assert "give another folder with --out" in capsys.readouterr().err


def test_another_run_s_folder_is_not_mixed_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards, out = str(write(tmp_path / "cards.json")), str(tmp_path / "talks")
    run(capsys, cards, "--out", out, "--only", "7")
    assert main(["eval", "conversation", cards, "--text", "--turns", "5", "--out", out, *FAKES]) == 2
    assert "3 turns" in capsys.readouterr().err
