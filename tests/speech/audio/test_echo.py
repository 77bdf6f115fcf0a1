"""Echo cancellation on a synthetic room: our voice goes, the near voice stays."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from warmline.speech.audio.echo import EchoCanceller
from warmline.speech.runtime.errors import MissingExtra
from warmline.speech.types import Samples

RATE = 16_000
NEAR_HZ = 333.0

livekit = pytest.importorskip("livekit.rtc", reason='needs pip install "warmline[microphone]"')


def far_voice(seconds_s: float) -> Samples:
    """Syllables of a buzzing voice whose pitch wanders."""
    at_s = np.arange(round(seconds_s * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * at_s)) / RATE
    voice = sum((np.sin(k * phase) / k for k in range(1, 20)), np.zeros_like(at_s))
    return (0.25 * voice * (np.sin(2 * np.pi * 3 * at_s) > -0.3)).astype(np.float32)


def echo_of(far: Samples) -> Samples:
    """A loudspeaker 20 ms away in a small room."""
    random, direct = np.random.default_rng(0), RATE // 50
    room = np.zeros(RATE // 10)
    tail = len(room) - direct
    room[direct:] = 0.3 * random.standard_normal(tail) * np.exp(-np.arange(tail) / (0.015 * RATE))
    room[direct] = 1.0
    noise = 1e-4 * random.standard_normal(len(far))
    return (0.3 * np.convolve(far, room)[: len(far)] + noise).astype(np.float32)


def cancelled(near: Samples, far: Samples) -> Samples:
    canceller = EchoCanceller(RATE, delay_s=0.03)
    size = canceller.frame
    return np.concatenate(
        [canceller.process(near[at : at + size], far[at : at + size]) for at in range(0, len(near), size)]
    )


def power_db(samples: Samples) -> float:
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-12))


def strength(samples: Samples) -> float:
    at_s = np.arange(len(samples)) / RATE
    return float(np.abs(np.mean(samples * np.exp(-2j * np.pi * NEAR_HZ * at_s))) * 2)


def test_the_echo_goes_and_the_near_voice_stays() -> None:
    """Six seconds of our voice, then two in which only the person speaks."""
    far = far_voice(8.0)
    far[6 * RATE :] = 0.0
    at_s = np.arange(len(far)) / RATE
    near = (0.1 * np.sin(2 * np.pi * NEAR_HZ * at_s) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * at_s))).astype(np.float32)
    near[: 6 * RATE + RATE // 2] = 0.0
    heard = echo_of(far) + near
    out = cancelled(heard, far)
    converged, alone = slice(4 * RATE, 6 * RATE), slice(7 * RATE, 8 * RATE)
    assert power_db(heard[converged]) - power_db(out[converged]) >= 20
    assert strength(out[alone]) == pytest.approx(strength(near[alone]), rel=0.2)


def test_an_interruption_is_still_heard_over_our_voice() -> None:
    far = far_voice(8.0)
    at_s = np.arange(len(far)) / RATE
    near = (0.1 * np.sin(2 * np.pi * NEAR_HZ * at_s) * (at_s > 6)).astype(np.float32)
    out = cancelled(echo_of(far) + near, far)
    assert strength(out[7 * RATE :]) > 0.1 * strength(near[7 * RATE :])
    assert power_db(out[7 * RATE :]) > power_db(out[5 * RATE : 6 * RATE]) + 10


def test_wrong_rates_and_lengths() -> None:
    with pytest.raises(ValueError, match="not at 44100"):
        EchoCanceller(44_100)
    canceller = EchoCanceller(48_000, delay_s=99.0)
    silence = np.zeros(480, np.float32)
    assert len(canceller.process(silence, silence)) == 480
    with pytest.raises(ValueError, match="takes 10 ms"):
        canceller.process(silence[:160], silence)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.rtc", None)
    with pytest.raises(MissingExtra, match=r'pip install "warmline\[microphone\]"'):
        EchoCanceller(RATE)
