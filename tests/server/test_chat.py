"""The mind by text: replies as in a call, its plan on demand, a clean end. Scripted model."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from warmline.server.cli import main

SCRIPTED = ["--set", "llm.backend=scripted", "--set", "llm.lines=[' ashamed of it, and quite alone with it.']"]


def chat(
    lines: str, argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    status = main(["chat", *SCRIPTED, *argv])
    return status, capsys.readouterr().out


def test_it_greets_as_an_ai_and_answers_each_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out = chat("My manager shouted at me in front of everyone.\n", [], monkeypatch, capsys)
    greeting, reply = out.strip().splitlines()
    assert status == 0
    assert "I'm an AI" in greeting
    assert reply.endswith((".", "?"))


def test_why_shows_the_plan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = chat("I feel so alone since the move.\n", ["--why", "--voice", "sad"], monkeypatch, capsys)
    assert "why:" in out
    assert "sounds sad" in out
    assert "likely sad" in out
    assert "expects a mark of" in out


def test_at_risk_the_protocol_speaks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = chat("I want to die.\n", ["--why"], monkeypatch, capsys)
    assert "risk L2" in out
    assert "ashamed" not in out
    assert "Do you feel that you might act" in out


def test_in_danger_the_numbers_are_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, out = chat("I am going to kill myself tonight\n", ["--set", "call.country=GB"], monkeypatch, capsys)
    assert "nine, nine, nine" in out
    assert "[Samaritans: 116 123 · emergency: 999 (unverified)]" in out


def test_silence_is_answered_and_ctrl_c_ends_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = iter([""])

    def line(_: str = "") -> str:
        try:
            return next(answers)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("builtins.input", line)
    status = main(["chat", *SCRIPTED])
    out = capsys.readouterr().out
    assert status == 0
    assert len(out.strip().splitlines()) == 2


def test_realise_is_measured_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "turns.jsonl"
    status = main(["eval", "realise", "--turns", "5", "--json", "--out", str(kept), *SCRIPTED])
    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert found["n"] == 5
    keys = ("realised", "worst_class", "decay_points", "words_median", "questions_over_one", "claims", "hardware")
    assert all(key in found for key in keys)
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 5
    assert all(row["reply"] and row["planned"] and row["found"] for row in rows)


def test_realise_refuses_nonsense(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "realise", "--turns", "0", *SCRIPTED]) == 2
    assert "--turns" in capsys.readouterr().err
    assert main(["eval", "realise", "--turns", "1", "--out", str(tmp_path / "no" / "f"), *SCRIPTED]) == 5
    assert "--out" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--epochs", "0"], ["--minutes", "0"], ["--layers", "-1"]])
def test_tuning_refuses_nonsense(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "llm", "a.jsonl", "--valid", "b.jsonl", "--out", "o", *argv]) == 2
    assert "more than 0" in capsys.readouterr().err


def test_tuning_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        import gguf  # noqa: F401
        import peft  # noqa: F401
    except ImportError:
        assert main(["train", "llm", "a.jsonl", "--valid", "b.jsonl", "--out", "o"]) == 2
        assert "llm-training" in capsys.readouterr().err


def test_it_begins_and_goes_on_in_another_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "¿Eres una persona de verdad?\nCan we speak English?\n你是真人吗？\nJe ne sais plus quoi faire ce soir.\n"
    status, out = chat(lines, ["--language", "es"], monkeypatch, capsys)
    greeting, truth, english, chinese, french = out.strip().splitlines()
    assert status == 0
    assert "inteligencia artificial" in greeting
    assert "IA" in truth
    assert "English" in english
    assert "人工智能" in chinese
    assert "je ne parle pas français" in french
    assert "中文" in french


def test_measuring_languages_tells_short_turns_apart_without_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "languages", "--turns", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["told_apart"]["es"]["n"] >= 50
    assert found["told_apart"]["de"]["right"] >= 0.9
    assert {"n", "version", "hardware"} <= set(found)
