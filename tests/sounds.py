"""Synthetic voices with known figures, for tests: pulses through vowel resonances."""

from __future__ import annotations

import numpy as np
from scipy import signal

from warmline.speech.types import SAMPLE_RATE, Samples

FORMANTS = ((600.0, 80.0), (1200.0, 90.0), (2500.0, 120.0))


def voice(
    f0_hz: float,
    seconds_s: float,
    *,
    jitter: float = 0.0,
    shimmer: float = 0.0,
    glide_st_s: float = 0.0,
    level: float = 0.3,
    seed: int = 0,
) -> Samples:
    """A vowel: ``jitter`` and ``shimmer`` are standard deviations as shares of period and height."""
    chance = np.random.default_rng(seed)
    wave = np.zeros(int(seconds_s * SAMPLE_RATE) + 2000)
    at_s = 0.01
    while at_s < seconds_s:
        place = at_s * SAMPLE_RATE
        height = 1.0 + shimmer * chance.standard_normal()
        wave[int(place)] += height * (1.0 - place % 1.0)
        wave[int(place) + 1] += height * (place % 1.0)
        pitch = f0_hz * 2.0 ** (glide_st_s * at_s / 12.0)
        at_s += (1.0 + jitter * chance.standard_normal()) / pitch
    for centre, width in FORMANTS:
        radius = np.exp(-np.pi * width / SAMPLE_RATE)
        wave = signal.lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE), radius**2], wave)
    wave = wave[: int(seconds_s * SAMPLE_RATE)]
    return (level * wave / np.abs(wave).max()).astype(np.float32)


def silence(seconds_s: float) -> Samples:
    return np.zeros(int(seconds_s * SAMPLE_RATE), np.float32)


def noise(seconds_s: float, level: float = 0.1, seed: int = 0) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(int(seconds_s * SAMPLE_RATE))).astype(np.float32)


def syllables(count: int, f0_hz: float = 150.0, *, length_s: float = 0.15, gap_s: float = 0.1) -> Samples:
    """Vowels with soft edges and silence between them."""
    one = voice(f0_hz, length_s) * np.hanning(int(length_s * SAMPLE_RATE)).astype(np.float32)
    return np.concatenate([np.concatenate([one, silence(gap_s)]) for _ in range(count)])
