"""``warmline transcribe`` over scripted recognition: formats, places, long recordings, and errors in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from warmline.server import cli
from warmline.speech.asr import windows
from warmline.speech.asr.backends import RECOGNISERS
from warmline.speech.audio.files import write_wav
from warmline.speech.types import AudioChunk, samples_of

SAID = ["--set", "asr.backend=scripted", "--set", 'asr.script="0.2-1 hello there.; 61-62 good night."']


def recording(path: Path, seconds: float = 2.0) -> Path:
    rng = np.random.default_rng(0)
    audio = rng.normal(0.0, 0.1, samples_of(seconds))
    audio[np.arange(len(audio)) % samples_of(5.0) > samples_of(4.4)] *= 1e-3  # a pause every five seconds
    write_wav(path, audio.astype(np.float32), 16_000)
    return path


def test_text_goes_to_the_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["transcribe", str(recording(tmp_path / "a.wav")), *SAID]) == 0
    assert capsys.readouterr().out == "hello there.\n"


def test_subtitles_go_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.srt"
    assert cli.main(["transcribe", str(recording(tmp_path / "a.wav")), "--format", "srt", "-o", str(out), *SAID]) == 0
    assert out.read_text() == "1\n00:00:00,200 --> 00:00:01,000\nhello there.\n"
    assert capsys.readouterr().out == ""


def test_json_is_one_object_with_words_and_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [str(recording(tmp_path / name)) for name in ("a.wav", "b.wav")]
    assert cli.main(["transcribe", *paths, "--json", *SAID]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 2
    assert {"version", "hardware"} <= found.keys()
    assert found["files"][1]["words"][0] == {"word": "hello", "start_s": 0.2, "end_s": 0.6, "confidence": 1.0}


def test_each_speaker_has_a_line_a_cue_and_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.wav"
    at = np.arange(samples_of(3.0)) / 16_000
    low, high = (0.3 * np.sign(np.sin(2 * np.pi * hz * at)) for hz in (110.0, 240.0))
    write_wav(path, np.concatenate([low, high]).astype(np.float32), 16_000)
    said = ["--set", "asr.backend=scripted", "--set", 'asr.script="0.1-2.4 hello there.; 3.5-5.9 good night."']
    asked = ["transcribe", str(path), "--speakers", "--set", "diarize.backend=scripted", *said]
    assert cli.main(asked) == 0
    assert capsys.readouterr().out == "Speaker 1: hello there.\nSpeaker 2: good night.\n"
    assert cli.main([*asked, "--json"]) == 0
    words = json.loads(capsys.readouterr().out)["files"][0]["words"]
    assert [word["speaker"] for word in words] == [0, 0, 1, 1]
    assert cli.main([*asked, "--format", "vtt"]) == 0
    assert "Speaker 2: good night." in capsys.readouterr().out


def test_several_recordings_fill_a_folder(tmp_path: Path) -> None:
    paths = [str(recording(tmp_path / name)) for name in ("a.wav", "b.wav")]
    assert cli.main(["transcribe", *paths, "--format", "vtt", "-o", str(tmp_path / "out"), *SAID]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.vtt", "b.vtt"]
    assert (tmp_path / "out" / "a.vtt").read_text().startswith("WEBVTT")


class Measured:
    """Says how long the audio was that each call of the recogniser got."""

    lengths: list[float]

    def __init__(self) -> None:
        self.inner, self.lengths = RECOGNISERS.create("scripted", {"script": "61-62 good night."}), []

    def decode(self, audio: AudioChunk, cancel: object = None) -> object:
        self.lengths.append(audio.duration_s)
        return self.inner.decode(audio)

    def close(self) -> None:
        """Nothing to free."""


def test_a_long_recording_is_decoded_in_stretches_that_end_in_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = Measured()
    monkeypatch.setattr(RECOGNISERS, "create", lambda *_: measured)
    path = recording(tmp_path / "long.wav", 400.0)
    assert cli.main(["transcribe", str(path)]) == 0
    printed = capsys.readouterr()
    assert printed.out == "good night.\n"
    assert "minutes" in printed.err
    assert sum(measured.lengths) == pytest.approx(400.0)
    assert max(measured.lengths) < 16 * windows.CUT_AT_LAST / 16_000 + 10.0
    assert len(measured.lengths) > 1


def test_harder_recordings_are_heard_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording(tmp_path / "a.wav")
    assert cli.main(["transcribe", str(path), "--snr", "5", "--telephone", *SAID]) == 0
    assert capsys.readouterr().out == "hello there.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["missing.wav"],
        ["empty.wav"],
        ["a.wav", "b.wav", "--format", "srt"],
        ["a.wav", "b.wav", "-o", "a.wav"],
        ["a.wav", "deep/a.wav", "-o", "deep"],
        ["a.wav", "--set", "asr.nonsense=1"],
        ["a.wav", "--snr", "nan"],
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    for name in ("a.wav", "b.wav", "deep/a.wav"):
        recording(tmp_path / name)
    (tmp_path / "empty.wav").touch()
    assert cli.main(["transcribe", *SAID, *words]) == 2
    assert capsys.readouterr().err.count("\n") == 1
