"""The chain of a kept call, from a file and from the store: whole with words, honest without them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tests.calls import heard_as, plan_of, turn
from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Outcome, Plan, Purpose, Risk, RiskLevel, Strategy
from warmline.server.chain import lines, panel
from warmline.server.cli import main
from warmline.server.settings import CallSettings, MemorySettings, Settings, StoreSettings
from warmline.server.store.keeping import keeper
from warmline.server.store.records import Ended
from warmline.server.transcript import Transcript, read, turn_of
from warmline.speech.runtime.errors import StorageError, UnreadableInput

SCRIPTED = ["--set", "llm.backend=scripted", "--set", "llm.lines=[' ashamed of it, and quite alone with it.']"]
WORDS = "I feel awful because my brother stole my savings"


def ended(plan: Plan, heard: str = "That hurts.", planned: str = "That hurts.") -> Ended:
    exchange = replace(turn(1, WORDS, heard, plan), planned=planned, tags=heard_as(-0.6, 0.4, 0.8))
    return Ended(replace(exchange, outcome=Outcome.CUT if heard != planned else Outcome.SPOKEN), 3.5, {"plan": 8.0})


def real() -> Plan:
    return Planner().plan(PlanningState((), WORDS, heard_as(-0.6, 0.4, 0.8)))


def test_the_chain_names_all_that_led_to_a_reply() -> None:
    plan = replace(real(), memory=("my brother Tom",), expected={Strategy.QUESTION: 4.25}, then=Strategy.QUESTION)
    told = "\n".join(lines(turn_of(ended(plan))))
    for part in (
        WORDS,
        "my brother stole my savings",
        "exploration",
        f"{plan.strategy.value}, then Question",
        "my brother Tom",
        "4.25",
        "warmth",
        "That hurts.",
        f"{plan.intensity:.1f} of 5",
        *plan.why,
    ):
        assert part in told


def test_risk_cuts_and_purposes_are_told() -> None:
    risky = replace(real(), risk=Risk(RiskLevel.L2, ("active thought",)), purpose=Purpose.OFFER)
    told = "\n".join(lines(turn_of(ended(risky, "That", "That hurts a lot."))))
    assert "L2: active thought" in told
    assert Purpose.OFFER.value in told
    assert "[unheard: hurts a lot.]" in told


def test_a_terminal_gets_the_same_in_colour() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    console.print(panel(turn_of(ended(real()))))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[" in shown
    assert "my brother stole my savings" in shown
    assert "█" in shown


def test_a_talk_is_kept_and_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "talk.jsonl"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WORDS}\nhe never said sorry\n"))
    assert main(["chat", "--keep", str(kept), *SCRIPTED]) == 0
    assert kept.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert main(["explain", str(kept)]) == 0
    told = capsys.readouterr().out
    assert "turn 1" in told
    assert "turn 2" in told
    assert "my brother stole my savings" in told
    assert "\x1b[" not in told
    assert main(["explain", str(kept), "--turn", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["turn"] for one in found["turns"]] == [2]
    assert found["turns"][0]["plan"]["version"] == 1
    assert found["turns"][0]["user"] == "he never said sorry"
    assert all(key in found for key in ("n", "version", "hardware"))


@pytest.mark.parametrize(("consent", "words"), [("yes", True), ("no", False)])
async def test_a_stored_call_is_explained_with_words_only_where_they_were_kept(
    consent: str, words: bool, tmp_path: Path
) -> None:
    settings = Settings(store=StoreSettings(str(tmp_path / "c.db"), plaintext=True), memory=MemorySettings(consent))
    async with keeper(settings) as keeping:
        assert keeping is not None
        record = await keeping.begin(CallSettings(caller="ada"))
        record.turn(ended(real()))
        record.end()
    async with keeper(settings) as keeping:
        assert keeping is not None
        (call,) = await keeping.store.calls()
        (stored,) = await keeping.store.turns(call.id)
    told = "\n".join(lines(stored))
    assert ("savings" in told) is words
    assert ("(not kept)" in told) is not words
    assert "the talk has just begun" in told


def test_the_newest_call_of_a_store_is_found_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--set", f"store.url={tmp_path / 'c.db'}", "--set", "store.plaintext=true", "--set", "memory.consent=yes"]
    assert main(["explain", "last", *store]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WORDS}\n"))
    assert main(["chat", *store, *SCRIPTED]) == 0
    capsys.readouterr()
    assert main(["explain", "last", *store]) == 0
    assert "my brother stole my savings" in capsys.readouterr().out
    assert main(["explain", "zzzz", *store]) == 2


def test_wrong_files_and_turns_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(tmp_path / "none.json")]) == 2
    assert "store.url" in capsys.readouterr().err
    wrong = tmp_path / "wrong.json"
    for text in ("", "[]", '{"format": "x"}', "\x00", '{"format": "warmline call", "version": 99}'):
        wrong.write_text(text, encoding="utf-8")
        with pytest.raises(UnreadableInput):
            read(wrong)
    wrong.write_text('{"format": "warmline call", "version": 1}\n{"number": 1}\n', encoding="utf-8")
    assert main(["explain", str(wrong)]) == 2
    kept = tmp_path / "kept.json"
    Transcript(kept).turn(ended(plan_of()))
    assert main(["explain", str(kept), "--turn", "7"]) == 2
    assert "turns 1 to 1" in capsys.readouterr().err
    with pytest.raises(StorageError, match="--keep"):
        Transcript(tmp_path / "no" / "file.json")
