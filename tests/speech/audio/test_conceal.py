"""Packet loss concealment: a voice goes on for a moment, then fades to the room's own noise."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sounds import voice
from warmline.speech.audio.conceal import Concealer, period
from warmline.speech.types import Samples


def level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("rate", [8_000, 16_000])
@pytest.mark.parametrize("hz", [80.0, 110.0, 220.0, 350.0])
def test_the_period_of_a_pulse_train_is_found(rate: int, hz: float) -> None:
    n = rate // 4
    phase = np.cumsum(np.full(n, hz / rate))
    pulses = np.exp(-((phase % 1.0) ** 2) / 0.005).astype(np.float32)
    found = period(pulses, round(0.0025 * rate), round(0.015 * rate), round(0.02 * rate))
    assert found % (rate / hz) == pytest.approx(0.0, abs=1.5) or found % (rate / hz) > rate / hz - 1.5


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_it_keeps_level_for_ten_ms_and_is_gone_after_seventy(rate: int) -> None:
    concealer = Concealer(rate)
    tone = (0.3 * np.sin(2 * np.pi * 200 * np.arange(rate) / rate)).astype(np.float32)
    concealer.heard(tone)
    made = concealer.lost(rate // 5)
    assert level(made[: rate // 100]) > 0.19
    assert level(made[round(0.075 * rate) :]) < 0.004
    falling = [level(made[i : i + rate // 100]) for i in range(0, round(0.07 * rate), rate // 100)]
    assert falling == sorted(falling, reverse=True)


def test_calls_in_a_row_go_on_with_one_concealment() -> None:
    one, many = Concealer(), Concealer()
    audio = voice(120.0, 0.5)
    one.heard(audio)
    many.heard(audio)
    pieces = np.concatenate([many.lost(100) for _ in range(16)])
    assert np.abs(one.lost(1600) - pieces).max() < 0.02  # but for the comfort noise's own numbers


def test_comfort_noise_is_as_loud_as_the_room_and_never_loud() -> None:
    for room, expected in ((0.001, 0.001), (0.05, 0.003), (0.0, 0.0)):
        concealer = Concealer()
        noise = (room * np.random.default_rng(1).standard_normal(32_000)).astype(np.float32)
        concealer.heard(noise)
        assert level(concealer.lost(16_000)[3200:]) == pytest.approx(expected, rel=0.25, abs=1e-9)


def test_nothing_was_heard_yet() -> None:
    concealer = Concealer()
    assert not concealer.lost(500).any()
    assert len(concealer.lost(0)) == 0
    assert len(concealer.heard(np.zeros(0, np.float32))) == 0
