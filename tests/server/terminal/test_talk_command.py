"""``warmline talk`` as a command: devices, typing through a pipe, wrong usage. Fakes for every model, a fake library
for the sound card."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from warmline.server.cli import main
from warmline.server.commands.talk import _ends
from warmline.server.settings import Settings
from warmline.speech.runtime.errors import DeviceError

FAKES = [
    f"--set={one}"
    for one in (
        "vad.backend=energy",
        "turn.backend=scripted",
        "asr.backend=scripted",
        "tagger.backend=scripted",
        "llm.backend=scripted",
        "voice.backend=tone",
        "spare_voice.backend=''",
    )
]
TALK = [sys.executable, "-m", "warmline.server.cli", "talk", "--text", *FAKES]


def library() -> SimpleNamespace:
    """As much of sounddevice as a list of devices needs."""
    devices = [("USB Headset", 1, 2), ("Built-in Mic", 2, 0), ("HDMI", 0, 8)]
    rows = [{"name": name, "max_input_channels": i, "max_output_channels": o} for name, i, o in devices]
    return SimpleNamespace(query_devices=lambda: rows, PortAudioError=OSError)


def test_the_devices_are_listed_by_number_and_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", library())
    assert main(["talk", "--list-devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["  0  USB Headset  (1 in, 2 out)", "  1  Built-in Mic  (2 in)", "  2  HDMI  (8 out)"]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--input", "a.wav", "--url", "ws://x/v1/call"], "--input takes the place"),
        (["--text", "--microphone", "USB"], "--text needs no microphone"),
        (["--push-to-talk"], "needs a terminal"),
        (["--url", "ws://x/v1/call", "--keep", "x.jsonl"], "--transcript"),
    ],
)
def test_what_does_not_go_together_is_said(argv: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["talk", *argv]) == 2
    assert says in capsys.readouterr().err


def test_lines_of_a_pipe_are_answered_and_then_the_call_ends_by_itself(tmp_path: Path) -> None:
    transcript = tmp_path / "call.md"
    done = subprocess.run(
        [*TALK, "--transcript", str(transcript)],
        input="I lost my job.\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "I'm an AI" in done.stdout
    assert "you      I lost my job." in done.stdout
    assert "  plan   " in done.stdout
    assert "\x1b" not in done.stdout, "no terminal, no colours"
    assert "I lost my job." in transcript.read_text(encoding="utf-8")


def test_ctrl_c_hangs_up_and_the_transcript_is_there(tmp_path: Path) -> None:
    transcript = tmp_path / "call.md"
    with subprocess.Popen(
        [*TALK, "--transcript", str(transcript)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as talk:
        assert talk.stdout is not None
        assert "AI" in talk.stdout.readline()
        os.kill(talk.pid, signal.SIGINT)
        out, err = talk.communicate(timeout=60)
    assert "hung up" in out
    assert "Traceback" not in err
    assert talk.returncode == 0
    assert "AI" in transcript.read_text(encoding="utf-8")


def test_without_a_sound_card_the_call_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", SimpleNamespace(query_devices=list, PortAudioError=OSError))
    plain = Namespace(text=False, microphone=None, loudspeaker=None, push_to_talk=False)
    assert _ends(plain, Settings()) is None
    with pytest.raises(DeviceError, match="no microphone on this machine"):
        _ends(Namespace(**{**vars(plain), "microphone": "USB"}), Settings())
