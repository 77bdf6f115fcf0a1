"""The command keeps its contract, writes a transcript each, and a page that fetches nothing and hides who is who."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from personas_table import write

from warmline.dialogue.evaluate.caller import Said
from warmline.dialogue.evaluate.rubric import Line, Transcript
from warmline.server.cli import main
from warmline.server.commands.rating_page import page


def test_the_contract_and_a_transcript_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, rate = tmp_path / "talks", tmp_path / "rate.html"
    args = ["eval", "protocol", str(write(tmp_path / "p.tsv")), "--seeds", "2", "--turns", "18", "--json"]
    assert main([*args, "--out", str(out), "--page", str(rate)]) == 0
    printed = capsys.readouterr().out.strip().splitlines()
    assert len(printed) == 1
    found = json.loads(printed[0])
    assert {
        "dialogues",
        "red_items",
        "human_care_rate",
        "wrong_country",
        "transcripts",
        "n",
        "version",
        "hardware",
    } <= set(found)
    assert (found["dialogues"], found["red_items"], found["wrong_country"]) == (4, 0, 0)
    kept = sorted(path.name for path in Path(found["transcripts"]).iterdir())
    assert kept == ["kim-0.json", "kim-1.json", "lee-0.json", "lee-1.json"]
    talk = json.loads((out / "kim-0.json").read_text())
    assert talk["lines"][0]["by"] == "protocol"
    assert len(talk["lines"]) == 18
    assert rate.read_text().count("<script") == 2


@pytest.mark.parametrize("args", [["--seeds", "0"], ["--turns", "0"]])
def test_wrong_usage_says_so(tmp_path: Path, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "protocol", str(write(tmp_path / "p.tsv")), *args]) == 2
    assert "at least 1" in capsys.readouterr().err


def test_some_personas_alone_played_by_the_configured_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = [
        "eval",
        "protocol",
        str(write(tmp_path / "p.tsv")),
        "--seeds",
        "1",
        "--turns",
        "6",
        "--json",
        "--only",
        "Lee",
    ]
    args += ["--caller", "settings", "--llm", "settings", "--set", "llm.backend=scripted", "--out", str(tmp_path / "o")]
    assert main(args) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["dialogues"], found["wrong_country"]) == (1, 0)
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["lee-0.json"]
    assert main([*args[:3], "--only", "Nobody"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_a_caller_that_does_not_answer_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = str(write(tmp_path / "p.tsv"))
    assert main(["eval", "protocol", table, "--seeds", "1", "--caller", "http://127.0.0.1:9/v1"]) != 0
    assert "language model server" in capsys.readouterr().err
    assert main(["eval", "protocol", table, "--caller", "somewhere"]) == 2
    assert "is no server" in capsys.readouterr().err


def test_a_missing_table_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "protocol", str(tmp_path / "none.tsv")]) == 2
    assert "VERA-MH" in capsys.readouterr().err


def test_the_page_is_blind_and_asks_nobody() -> None:
    talks = [
        Transcript(f"Person{at}", at, "US", True, (Line(Said("</script><b>hello"), "I hear you."),), "Hi.")
        for at in range(9)
    ]
    made = page(talks)
    assert not re.search(r"https?://|src=|href=\"", made)
    assert "Person" not in made
    assert "</script><b>" not in made
    data = json.loads(re.search(r'id="data">(.*?)</script>', made, re.DOTALL)[1])  # type: ignore[index]
    assert len({talk["id"] for talk in data["talks"]}) == 9
    assert page(talks) == made
