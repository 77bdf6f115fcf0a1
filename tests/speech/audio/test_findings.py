"""What is wrong with a line is told once, with advice; a good line is left in peace."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import noise, silence, syllables, voice
from warmline.speech.audio.findings import Listener, Trouble
from warmline.speech.types import Samples


def talk(seconds_s: float, level: float = 1.0, hiss: float = 3e-4) -> Samples:
    """Words with pauses over a room's hiss; at level 1 its peak lies at -10 dBFS."""
    one = np.concatenate([syllables(6), silence(0.6)])
    said = np.resize(one, int(seconds_s * 16_000)) * np.float32(level)
    return np.clip(said + noise(seconds_s, hiss), -1.0, 1.0).astype(np.float32)


def told(audio: Samples, step: int = 320) -> list[Trouble]:
    listener = Listener()
    return [trouble for at in range(0, len(audio), step) for trouble in listener.push(audio[at : at + step])]


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        (talk(20.0), []),
        (talk(20.0, 0.1, 1e-4), []),
        (noise(20.0, 3e-4), []),  # a person who is silent in a quiet room
        (noise(20.0, 2e-3), []),
        (silence(20.0), [Trouble.MUTED]),
        (noise(20.0, 1e-5), [Trouble.MUTED]),
        (talk(20.0, 0.012, 2e-5), [Trouble.QUIET]),
        (talk(20.0, 12.0), [Trouble.CLIPPED]),
        (talk(20.0, 0.3, 0.03), [Trouble.NOISY]),
        (noise(20.0, 0.05), [Trouble.NOISY]),
        (np.resize(voice(220.0, 3.0, jitter=0.02, shimmer=0.2), 240_000) + noise(15.0, 3e-3), []),  # crying, no pause
    ],
)
def test_each_trouble_is_told_once(audio: Samples, expected: list[Trouble]) -> None:
    assert told(audio) == expected
    assert told(audio, 777) == expected


def test_it_is_told_again_when_it_comes_back() -> None:
    audio = np.concatenate([silence(6.0), talk(12.0), silence(6.0)])
    assert told(audio) == [Trouble.MUTED, Trouble.MUTED]


def test_the_line_is_measured() -> None:
    listener = Listener()
    listener.push(talk(12.0, 1.0, 3e-4))
    assert listener.line.noise_dbfs == pytest.approx(-70.5, abs=1.0)
    assert -25 < listener.line.speech_dbfs < -10
    assert listener.line.clipped == 0.0
    assert Listener().line.snr_db == 0.0
    assert Listener().push(silence(0.001)) == ()


def test_advice_is_one_line() -> None:
    for trouble in Trouble:
        assert str(trouble).count(":") == 1
        assert "\n" not in str(trouble)
