"""Sentences said aloud: what the screen loses is what the ears got wrong, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmline.dialogue.llm.scripted import ScriptedModel
from warmline.dialogue.safety.screen import Screen
from warmline.server import wiring
from warmline.server.bench.misheard import Ears, misheard
from warmline.server.cli import main
from warmline.speech.asr.scripted import ScriptedConfig, ScriptedRecogniser
from warmline.speech.audio.degrade import Harder
from warmline.speech.runtime.cancel import CancelFlag
from warmline.speech.vad.energy import EnergyConfig, EnergyVad
from warmline.tts.voice.tone import ToneConfig, ToneVoice

FAKES = ["--set", "voice.backend=tone", "--set", "vad.backend=energy", "--set", "asr.backend=scripted"]


def test_what_was_heard_stands_beside_what_was_said() -> None:
    ears = Ears(ScriptedRecogniser(ScriptedConfig("0-1 I want to dye")), EnergyVad(EnergyConfig()), Harder())
    (one,) = misheard(["I want to die"], ToneVoice(ToneConfig()), ears)
    assert (one.said, one.heard) == ("I want to die", "I want to dye")
    assert (one.errors.changed, one.errors.edits, one.errors.words) == (1, 1, 4)


def table(path: Path, *texts: str) -> str:
    path.write_text("text,label\n" + "\n".join(texts), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("heard", "found"), [("I want to kill myself", 1.0), ("the meadow was pretty today", 0.0)])
def test_the_screen_reads_what_the_ears_heard(
    tmp_path: Path, heard: str, found: float, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(tmp_path / "mine.csv", "I want to kill myself,2", "[means] are not said aloud,2")
    args = [
        "eval",
        "safety",
        file,
        "--spoken",
        "5",
        "--wer",
        "",
        "--words",
        "--json",
        *FAKES,
        "--set",
        f"asr.script=0-1 {heard}",
    ]
    assert main(args) == 0
    told = capsys.readouterr()
    spoken = json.loads(told.out)["spoken"]
    assert ("level 2, read 2, heard 0" in told.err) is (found == 0.0)
    assert spoken["n"] == 1, "a placeholder is no word"
    assert (spoken["found_read"], spoken["found"]) == (1.0, found)
    assert spoken["lost_points"] == 100.0 * (1.0 - found)


def test_nothing_to_say_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path / "mine.csv", "[means] and nothing else,2")
    assert main(["eval", "safety", file, "--spoken", "2", *FAKES]) == 2
    assert "English" in capsys.readouterr().err


def test_a_language_model_without_a_reader_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path / "mine.csv", "I want to kill myself,2")
    assert main(["eval", "safety", file, "--wer", "", "--deep", "--set", "llm.backend=scripted"]) == 2
    assert "llm.reader" in capsys.readouterr().err


def test_what_both_readings_find_stands_beside_the_screens_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Rating(ScriptedModel):
        rates = True

        async def rate(self, prompt: str, answers: tuple[str, ...], cancel: CancelFlag) -> tuple[float, ...]:
            return (0.0, 1.0, 0.0, 0.0) if "plants" in prompt else (1.0, 0.0, 0.0, 0.0)

    monkeypatch.setattr(wiring, "language_model", lambda settings: Rating())
    monkeypatch.setattr(Screen, "doubt", lambda self, text, language="": "")
    file = table(tmp_path / "mine.csv", "I want to kill myself,2", "the plants and soup,1", "we had soup,0")
    assert main(["eval", "safety", file, "--wer", "", "--deep", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["found"], told["deep"]["found"]) == (0.5, 1.0)
    assert told["deep"]["false_alarm_rate"] == 0.0
    assert told["deep"]["read"] == pytest.approx(2 / 3)


def test_what_is_wrong_is_listed_with_why_and_what_is_right_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "calls.tsv"
    rows = ("we had soup\t2\ta", "I want to kill myself\t0\tb", "the meadow was pretty\t0\tb", "I want to die\t2\tc")
    file.write_text("text\tlabel\ttalk\n" + "\n".join(rows), encoding="utf-8")
    assert main(["eval", "safety", str(file), "--wer", "", "--errors"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert [line.split("(")[0].strip() for line in told] == [
        "screen: level 2, found 0",
        "screen: level 0, found 2",
        "in its call: level 2, found 0",
        "in its call: level 0, found 2",
    ], "the meadow is only carried, and dying was found"
    assert told[0].endswith("(nothing found), a: we had soup")
    assert main(["eval", "safety", str(file), "--wer", ""]) == 0
    assert "soup" not in capsys.readouterr().err
