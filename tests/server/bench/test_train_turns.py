"""The recipe as a command: what it reads, what it refuses, and that it writes what the loaders verify."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.speech.turn.test_cuts import buzz, quiet
from tests.speech.turn.test_turn_training import Ear
from warmline.server import cli
from warmline.server.bench.turns.saying import texts_of
from warmline.server.commands import train_turns
from warmline.speech.audio.files import write_wav
from warmline.speech.runtime.errors import UnreadableInput
from warmline.speech.turn import completeness, head
from warmline.speech.turn.backends import TURNS
from warmline.speech.turn.base import TurnDetector


class Ears:
    def create(self, name: str, options: Mapping[str, object] | None = None) -> Ear:
        return Ear()


class Smart:
    def create(self, name: str, options: Mapping[str, object] | None = None) -> TurnDetector:
        return TURNS.create("scripted", {"scores": "0.9, 0.8, 0.3, 0.4, 0.2, 0.1"})


def test_it_learns_from_a_folder_and_a_text_and_writes_weights_and_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train_turns, "RECOGNISERS", Ears())
    monkeypatch.setattr(train_turns, "TURNS", Smart())
    speech, text, out = tmp_path / "speech", tmp_path / "talk.txt", tmp_path / "out"
    speech.mkdir()
    for name in ("a_1", "a_2", "b_1", "b_2", "c_1", "c_2"):
        parts = [quiet(0.3), buzz(0.8), quiet(0.3), buzz(0.8), quiet(0.05), buzz(0.8), quiet(0.4)]
        write_wav(speech / f"{name}.wav", np.concatenate(parts), 16_000)
    text.write_text("\n".join(f"I went to the {place} on Sunday" for place in range(40)), encoding="utf-8")
    words = ["train", "turns", str(speech), "--text", str(text), "--out", str(out), "--folds", "3", "--json"]
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] >= 12
    assert set(found["auc"]) == {"Smart Turn", "head", "head and Smart Turn", "words", "all three"}
    listed = json.loads((out / "heads.json").read_text(encoding="utf-8"))
    for name, parsed in (("whisper-tiny.en", head.parsed), ("words", completeness.parsed)):
        row = listed[name]
        parsed((out / row["file"]).read_bytes(), row["file"], row["sha256"])
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "your own" in card
    assert str(tmp_path) not in card


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--text", "none.txt"], "give speech"),
        (["nowhere", "--text", "none.txt"], "none.txt"),
        (["nowhere", "--text", "{text}"], "no folder"),
    ],
)
def test_bad_usage_is_one_clear_line(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train_turns, "RECOGNISERS", Ears())
    monkeypatch.setattr(train_turns, "TURNS", Smart())
    text = tmp_path / "text.txt"
    text.write_text("\n".join(f"I went to the {place} on Sunday" for place in range(20)), encoding="utf-8")
    assert cli.main(["train", "turns", *(word.format(text=text) for word in words)]) == 2
    assert says in capsys.readouterr().err


def test_texts_are_read_from_every_form(tmp_path: Path) -> None:
    dialogue = {"dialog": [{"speaker": "seeker", "text": "Hello."}, {"speaker": "supporter", "text": "Hi!"}]}
    (tmp_path / "a.jsonl").write_text(json.dumps(dialogue), encoding="utf-8")
    (tmp_path / "b.csv").write_text("interlocutor,utterance_text\nclient,Yes.\ntherapist,So?\n", encoding="utf-8")
    (tmp_path / "c.tsv").write_text("One.\t3\nTwo.\t4\nOne.\t5\n", encoding="utf-8")
    (tmp_path / "d.txt").write_text("A line.\n\n  Another. \n", encoding="utf-8")
    assert texts_of(tmp_path / "a.jsonl") == ("Hello.",)
    assert texts_of(tmp_path / "b.csv") == ("Yes.",)
    assert texts_of(tmp_path / "c.tsv") == ("One.", "Two.")
    assert texts_of(tmp_path / "d.txt") == ("A line.", "Another.")
    (tmp_path / "e.jsonl").write_text("not json", encoding="utf-8")
    for bad in ("e.jsonl", "none.txt"):
        with pytest.raises(UnreadableInput):
            texts_of(tmp_path / bad)
