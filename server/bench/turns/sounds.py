"""Sounds people make that are no words, made from noise and pulses: breaths, coughs, sobs. Seeded; 16 kHz.

They have the time course, the spectrum and the level of the real ones, not their variety: give recordings of your own
to ``warmline eval turns --events DIR`` as well.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy import signal

from warmline.speech.audio.degrade import level
from warmline.speech.types import SAMPLE_RATE, Samples, samples_of


def breath(rng: Generator) -> Samples:
    """An audible breath of 0.3-0.7 s: band noise that swells and falls."""
    count = samples_of(rng.uniform(0.3, 0.7))
    noise = _band(rng.standard_normal(count), rng.uniform(350.0, 600.0), rng.uniform(2500.0, 4500.0))
    return scaled(noise * np.hanning(count) ** 0.7, -38.0)


def sigh(rng: Generator) -> Samples:
    """A long breath out, 0.7-1.3 s, falling."""
    count = samples_of(rng.uniform(0.7, 1.3))
    noise = _band(rng.standard_normal(count), 300.0, rng.uniform(1500.0, 2500.0))
    shape = np.minimum(np.arange(count) / (0.15 * count), 1.0) * np.linspace(1.0, 0.0, count) ** 1.2
    return scaled(noise * shape, -33.0)


def cough(rng: Generator) -> Samples:
    """One to three bursts: an explosive noise of 40 ms, then 150 ms that die away."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        count = samples_of(rng.uniform(0.18, 0.28))
        decay = np.exp(-np.arange(count) / samples_of(rng.uniform(0.035, 0.06)))
        hoarse = _pulses(count, np.full(count, rng.uniform(180.0, 320.0)), rng) * 0.5
        burst = _band(rng.standard_normal(count) + hoarse, 350.0, 5000.0) * decay
        parts += [burst, np.zeros(samples_of(rng.uniform(0.06, 0.2)))]
    return scaled(np.concatenate(parts), -22.0)


def sob(rng: Generator) -> Samples:
    """Two to five gasps of a crying voice: short, high, falling pitch, breathy, on one breath."""
    parts = []
    top = rng.uniform(260.0, 480.0)
    for _ in range(int(rng.integers(2, 6))):
        count = samples_of(rng.uniform(0.1, 0.22))
        pitch = top * np.linspace(1.0, rng.uniform(0.6, 0.85), count)
        voice = _resonant(_pulses(count, pitch, rng), rng)
        air = _band(rng.standard_normal(count), 500.0, 4000.0) * 0.4 * level(voice.astype(np.float32))
        parts += [(voice + air) * np.hanning(count), np.zeros(samples_of(rng.uniform(0.05, 0.16)))]
        top *= rng.uniform(0.85, 1.02)
    return scaled(np.concatenate(parts), -28.0)


KINDS = {"breath": breath, "sigh": sigh, "cough": cough, "sob": sob}


def scaled(samples: np.ndarray, db: float) -> Samples:
    """With its root mean square at ``db`` of full scale, no sample beyond 0.9."""
    out = samples * (10.0 ** (db / 20.0) / max(level(samples.astype(np.float32)), 1e-9))
    return np.asarray(out * min(1.0, 0.9 / max(float(np.abs(out).max()), 1e-9)), np.float32)


def _band(samples: np.ndarray, low: float, high: float) -> np.ndarray:
    sos = signal.butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(signal.sosfilt(sos, samples))


def _pulses(count: int, pitch: np.ndarray, rng: Generator) -> np.ndarray:
    """Glottal pulses with a little jitter."""
    phase = np.cumsum(pitch * (1.0 + 0.03 * rng.standard_normal(count)) / SAMPLE_RATE)
    return np.asarray(signal.sawtooth(2 * np.pi * phase))


def _resonant(samples: np.ndarray, rng: Generator) -> np.ndarray:
    out = np.zeros(len(samples))
    for centre in (rng.uniform(500.0, 800.0), rng.uniform(1100.0, 1500.0), 2600.0):
        top, bottom = signal.iirpeak(centre, 6.0, fs=SAMPLE_RATE)
        out += signal.lfilter(top, bottom, samples)
    return out
