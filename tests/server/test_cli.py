"""The command line: help that teaches, and one clear line for whatever goes wrong. Fakes for every model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from warmline.server.cli import COMMANDS, main
from warmline.speech.audio.files import write_wav
from warmline.speech.types import Samples

FAKES = [
    *("--set", "vad.backend=energy"),
    *("--set", "turn.backend=scripted"),
    *("--set", "asr.backend=scripted"),
    *("--set", "asr.script=1.3-1.65 I lost my job"),
    *("--set", "tagger.backend=scripted"),
    *("--set", "llm.backend=scripted"),
    *("--set", "voice.backend=tone"),
    *("--set", "spare_voice.backend=''"),
]


def speechlike(seconds_s: float = 2.0, rate: int = 16_000, level: float = 0.3) -> Samples:
    """Bursts of a buzzing tone between silence: an energy detector takes it for a voice."""
    time = np.arange(round(seconds_s * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    envelope = ((time > 0.4) & (time < seconds_s - 0.3)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    return np.asarray(level * buzz * envelope + np.random.default_rng(0).normal(0, 1e-4, len(time)), np.float32)


def run(argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = main(argv)
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_help_names_every_command_and_where_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(["--help"], capsys)
    assert status == 0
    assert all(command.words in out for command in COMMANDS)
    assert "start here" in out
    assert "emergency number" in out


@pytest.mark.parametrize("command", [command.words for command in COMMANDS])
def test_every_command_teaches_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run([*command.split(), "--help"], capsys)
    assert status == 0
    assert out.startswith(f"usage: warmline {command}")
    assert len(out.splitlines()) > 6


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["repyl"], "did you mean 'reply'"),
        (["eval"], "eval strategy"),
        (["reply", "x.wav"], "-o"),
        (["reply", "none.wav", "-o", "y.wav", "--loud"], "--loud"),
        (["talk", "--output", "x.wav"], "go with --input"),
    ],
)
def test_wrong_usage_exits_2_and_says_what_is_right(
    argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(argv, capsys)
    assert status == 2
    assert says in err


def test_one_turn_from_audio_to_audio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(tmp_path / "in.wav", speechlike(), 16_000)
    target = tmp_path / "out.wav"
    status, out, _ = run(["reply", str(tmp_path / "in.wav"), "-o", str(target), "--json", *FAKES], capsys)
    assert status == 0
    answer = json.loads(out)
    assert answer["words"] == "I lost my job"
    assert answer["reply"]
    assert {"words", "tags", "plan", "reply", "stages_ms", "n", "version", "hardware"} <= set(answer)
    assert answer["plan"]["why"]
    assert target.stat().st_size > 10_000


def test_a_folder_goes_on_past_a_bad_file_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_wav(folder / "a.wav", speechlike(), 16_000)
    (folder / "b.wav").write_bytes(b"no audio at all")
    status, out, err = run(["reply", str(folder), "-o", str(tmp_path / "out"), *FAKES], capsys)
    assert status == 1
    assert "a.wav" in out
    assert "b.wav" in err
    assert (tmp_path / "out" / "a.wav").exists()


def stereo(samples: Samples) -> Samples:
    return np.stack([samples, samples], axis=1)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [(stereo(speechlike(rate=44_100)), 44_100), (np.clip(speechlike(level=8.0), -1.0, 1.0), 16_000)],
    ids=["stereo at 44.1 kHz", "clipped"],
)
def test_odd_but_good_audio_is_answered(
    samples: Samples, rate: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav(tmp_path / "in.wav", samples, rate)
    status, out, _ = run(["reply", str(tmp_path / "in.wav"), "-o", str(tmp_path / "o.wav"), *FAKES], capsys)
    assert status == 0
    assert "I lost my job" in out


NOISE = np.random.default_rng(0).normal(0, 1e-4, 32_000).astype(np.float32)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"this is no audio", "audio"),
        (np.zeros(1_600, np.float32), "0.1"),
        (np.zeros(32_000, np.float32), "nobody speaks"),
        (NOISE, "nobody speaks"),
        (None, "none.wav"),
    ],
    ids=["empty", "no audio", "0.1 s", "silence", "noise", "missing"],
)
def test_audio_that_cannot_be_answered_gets_one_line(
    content: bytes | Samples | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.wav"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        write_wav(path, content, 16_000)
    status, _, err = run(["reply", str(path), "-o", str(tmp_path / "o.wav"), *FAKES], capsys)
    assert status == 2
    (line,) = [line for line in err.splitlines() if line.startswith("warmline:")]
    assert says in line
    assert not (tmp_path / "o.wav").exists()


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("llm.backend=gpt", "no llm backend is called 'gpt'"),
        ("asr.scipt=1", "did you mean 'script'"),
        ("voice.word_ms=fast", "must be int"),
        ("call.contry=US", "did you mean 'country'"),
    ],
)
def test_wrong_settings_get_one_line(
    setting: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav(tmp_path / "in.wav", speechlike(), 16_000)
    argv = ["reply", str(tmp_path / "in.wav"), "-o", str(tmp_path / "o.wav"), *FAKES, "--set", setting]
    status, _, err = run(argv, capsys)
    assert status == 2
    assert says in err


def test_a_full_disk_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(tmp_path / "in.wav", speechlike(), 16_000)
    status, _, err = run(["reply", str(tmp_path / "in.wav"), "-o", "/dev/full", *FAKES], capsys)
    assert status == 5
    assert "could not be written" in err


def test_talk_runs_on_files_and_writes_the_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(tmp_path / "in.wav", speechlike(), 16_000)
    argv = ["talk", "--input", str(tmp_path / "in.wav"), "--output", str(tmp_path / "call.wav"), "--no-greeting"]
    status, out, _ = run([*argv, "--transcript", str(tmp_path / "call.md"), *FAKES], capsys)
    assert status == 0
    assert "you      I lost my job" in out
    assert "warmline " in (tmp_path / "call.md").read_text(encoding="utf-8")
    assert (tmp_path / "call.wav").stat().st_size > 100_000


@pytest.mark.parametrize("command", [["talk", "--no-greeting", "--input"], ["reply", "-o", "out.wav"]])
def test_what_was_kept_explains_itself(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "in.wav", speechlike(), 16_000)
    status, _, _ = run([*command, "in.wav", "--keep", "kept.jsonl", *FAKES], capsys)
    assert status == 0
    status, out, _ = run(["explain", "kept.jsonl"], capsys)
    assert status == 0
    assert "I lost my job" in out
    assert "the talk has just begun" in out


def test_settings_say_where_they_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARMLINE_SERVER__PORT", "9999")
    status, out, _ = run(["settings", "--json", "--set", "call.country=DE"], capsys)
    assert status == 0
    shown = json.loads(out)
    assert shown["settings"]["server.port"] == 9999
    assert shown["origins"] == {"server.port": "WARMLINE_SERVER__PORT", "call.country": "--set"}
