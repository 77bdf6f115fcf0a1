"""warmline say and voices, with the voice that needs no weights."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from warmline.server.cli import main
from warmline.tts.types import VOICE_RATE

TONE = ["--voice", "tone"]


def seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        assert file.getframerate() == VOICE_RATE
        return file.getnframes() / VOICE_RATE


def test_say_writes_speech_and_tells_each_words_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.wav"
    assert main(["say", "I hear you, **friend**. Call 988.", "-o", str(out), "--json", *TONE]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [word["text"] for word in told["words"]] == ["I", "hear", "you,", "friend.", "Call", "988."]
    assert told["n"] == 6
    assert seconds(out) == pytest.approx(told["duration_s"], abs=0.001)


def test_more_distress_is_slower(tmp_path: Path) -> None:
    lengths = []
    for level in ("1", "3", "5"):
        out = tmp_path / f"{level}.wav"
        assert main(["say", "Take your time.", "-o", str(out), "--distress", level, *TONE]) == 0
        lengths.append(seconds(out))
    assert lengths[0] < lengths[1] < lengths[2]


def test_a_text_file_is_said(tmp_path: Path) -> None:
    text = tmp_path / "t.txt"
    text.write_text("Hello there.", encoding="utf-8")
    assert main(["say", "--file", str(text), "-o", str(tmp_path / "t.wav"), *TONE]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["🙂"], "nothing in this text"),
        ([""], "nothing in this text"),
        ([], "give a text"),
        (["hello", "--distress", "9"], "from 1 (slight) to 5"),
        (["--file", "no-such-file.txt"], "cannot read no-such-file.txt"),
        (["hello", "--voice", "tones"], "did you mean 'tone'"),
    ],
)
def test_bad_input_gets_one_line_and_status_2(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = [] if "--voice" in words else TONE
    assert main(["say", *words, "-o", str(tmp_path / "x.wav"), *voice]) == 2
    error = capsys.readouterr().err.strip()
    assert told in error
    assert "\n" not in error
    assert not (tmp_path / "x.wav").exists()


def test_voices_lists_what_can_be_set_and_auditions_every_style(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "audition"
    assert main(["voices", *TONE, "--audition", str(folder), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["voices"]
    assert row["ready"]
    assert row["controls"] == ["pace", "pitch", "volume"]
    written = {path.stem for path in folder.glob("*.wav")}
    assert {"tone-neutral", "tone-warm", "tone-distress-5"} <= written
    assert len(written) == 10


def test_an_audition_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert main(["voices", *TONE, "--audition", str(blocked / "x")]) == 5
    assert "cannot make the folder" in capsys.readouterr().err


def test_ssml_pauses_and_is_slower_where_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, marked = tmp_path / "plain.wav", tmp_path / "marked.wav"
    assert main(["say", "Take your time.", "-o", str(plain), *TONE]) == 0
    text = '<prosody rate="slow">Take your time.</prosody><break time="1s"/>Take your time.'
    assert main(["say", "--ssml", text, "-o", str(marked), *TONE]) == 0
    assert seconds(marked) > 2.1 * seconds(plain) + 1.0
    assert main(["say", "--ssml", "a & b", "-o", str(marked), *TONE]) == 2
    assert "SSML" in capsys.readouterr().err


def test_a_voice_without_its_folder_is_listed_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("kokoro", "coqui"):
        assert main(["voices", "--voice", name, "--json"]) == 0
        (told,) = json.loads(capsys.readouterr().out)["voices"]
        assert not told["ready"]
        assert "path" in told["why"]
