"""Every demo runs, says something, and is short enough to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).resolve().parents[2] / "demos"


def run(name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(DEMOS / name)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_floor_s_story() -> None:
    out = run("floor_story.py")
    assert "DiscardDraft" in out
    assert out.index("Restore") < out.index("CancelReply")


def test_a_model_of_one_s_own() -> None:
    out = run("own_model.py")
    assert "hardest part" in out
    assert "protocol" in out


@pytest.mark.weights
def test_one_call() -> None:
    assert "2 turns in" in run("one_call.py")


@pytest.mark.parametrize("path", sorted(DEMOS.glob("*.py")), ids=lambda path: path.name)
def test_a_demo_is_under_a_hundred_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 100


def test_the_recordings_that_ship_are_small_and_sound() -> None:
    from warmline.speech.audio.files import read_audio

    paths = sorted((DEMOS / "audio").rglob("*.wav"))
    assert len(paths) >= 10
    assert sum(path.stat().st_size for path in paths) < 5_000_000
    assert all(0.5 < read_audio(path).duration_s < 10 for path in paths)
