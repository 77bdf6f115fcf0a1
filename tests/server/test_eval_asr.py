"""``warmline eval asr`` from the command line, over scripted parts: its JSON, its errors, its exit status."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from warmline.server import cli

FAKES = ["--set", "asr.backend=scripted", "--set", "vad.backend=energy"]


def recording(path: Path, seconds: float = 2.0, level: float = 0.1) -> None:
    path.parent.mkdir(exist_ok=True)
    audio = np.random.default_rng(0).normal(0.0, level, int(seconds * 16_000))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((np.clip(audio, -1, 1) * 32_767).astype("<i2").tobytes())


def manifest(folder: Path, text: str) -> Path:
    recording(folder / "one.wav")
    path = folder / "manifest.jsonl"
    path.write_text(json.dumps({"file": "one.wav", "text": text, "lang": "en"}) + "\n\n", encoding="utf-8")
    return path


def test_a_manifest_gives_the_promised_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = manifest(tmp_path, "I can't sleep well")
    script = ["--set", 'asr.script="0.1-1.4 I cannot sleep"']
    assert cli.main(["eval", "asr", str(path), "--json", *FAKES, *script]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["wer"] == pytest.approx(1 / 5)
    assert found["wer_batch"] == pytest.approx(1 / 5)
    assert found["n"] == 1
    assert {"version", "hardware", "rtf"} <= found.keys()
    assert found["final_ms"].keys() == {"p50", "p95"}
    assert found["first_partial_ms"]["p50"] > 0


def test_the_table_is_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = manifest(tmp_path, "hello")
    assert cli.main(["eval", "asr", str(path), "--words", "--no-batch", *FAKES]) == 0
    printed = capsys.readouterr()
    assert "word errors, streaming  100.0%" in printed.out
    assert "one.wav streamed: 1 of 1" in printed.err


def test_audio_without_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    recording(tmp_path / "deep" / "noise.wav", 3.0)
    script = ["--set", 'asr.script="0.5-1 thank you"']
    assert cli.main(["eval", "asr", "--nonspeech", str(tmp_path), "--json", *FAKES, *script]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["words_per_minute_no_vad"] == pytest.approx(40.0)
    assert found["n"] == 1


@pytest.mark.parametrize("line", ["no json", "[1]", '{"file": "one.wav"}', ""])
def test_a_bad_manifest_is_one_clear_line(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text(line, encoding="utf-8")
    assert cli.main(["eval", "asr", str(path), *FAKES]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [[], ["missing.jsonl"], ["--nonspeech", "missing"], ["a.jsonl", "--nonspeech", "b"], ["--nonspeech", "."]]
)
def test_bad_usage_is_one_clear_line(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["eval", "asr", *words, *FAKES]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_manifest_whose_recordings_are_missing_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_text('{"file": "none.wav", "text": "x"}\n', encoding="utf-8")
    assert cli.main(["eval", "asr", str(path), *FAKES]) == 2
    assert "1 files that are not there" in capsys.readouterr().err


def test_recordings_made_harder_are_measured_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording(tmp_path / "noise" / "hiss.wav")
    options = ["--noise", str(tmp_path / "noise"), "--snr", "5", "--telephone"]
    script = ["--set", 'asr.script="0.1-1.4 I cannot sleep"']
    path = manifest(tmp_path, "I cannot sleep")
    assert cli.main(["eval", "asr", str(path), "--json", *options, *FAKES, *script]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["wer"], found["snr"], found["noise"], found["telephone"]) == (0.0, 5.0, "noise", True)
    assert found["cpu_s_per_s"] > 0
