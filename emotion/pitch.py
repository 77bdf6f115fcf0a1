"""Pitch: a contour of fundamental frequency and how periodic each moment is.

The method is Boersma's (1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
ratio of a sampled sound"): the autocorrelation of a windowed frame divided by that of its window. In place of his path
finder the range is learnt in a first pass and narrowed in a second, after De Looze and Hirst (2008), which removes most
octave errors at a fraction of the cost. The harmonics alone suffice, so it holds on a telephone line without the
fundamental. It does not know two voices apart, and takes a pure tone or a hum for a voice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from warmline.speech.types import SAMPLE_RATE, Samples

Floats = NDArray[np.float32]

RATE = SAMPLE_RATE // 2
"""Analysis rate in Hz: a narrow-band line holds no more."""

HOP = RATE // 100
"""Samples between frames: 10 ms."""

WINDOW = RATE * 45 // 1000
"""Samples in a frame: 45 ms, about three periods of the lowest voice."""

FFT = 512
F0_MIN_HZ = 65.0
F0_MAX_HZ = 520.0
VOICED = 0.5
"""A frame is voiced where its normalised autocorrelation peaks at or above this."""

SILENT_DB = -85.0
"""Below this level (re full scale) nothing is speech: the noise of 16-bit recordings."""

OCTAVE_COST = 0.02
"""Taken off a candidate's strength for each octave below the highest pitch: of equal peaks the shorter period wins."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Short-time analysis at 100 frames a second, frame i centred at (i * 10) ms.

    ``narrow``: the signal at :data:`RATE`. ``power``: float32[T, 257] power spectrum of the windowed frames.
    ``energy_db``: float32[T], dB re full scale. ``f0_hz``: float32[T], nan where unvoiced. ``strength``: float32[T],
    the normalised autocorrelation at the pitch, in [0, 1].
    """

    narrow: Floats
    power: Floats
    energy_db: Floats
    f0_hz: Floats
    strength: Floats

    @property
    def voiced(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.f0_hz)


def analyse(samples: Samples) -> Frames:
    """Analyse float32[n] at 16 kHz; n may be 0. Values that are not finite count as silence."""
    clean = samples if np.isfinite(samples).all() else np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    narrow = _halved(clean)
    frames = _framed(narrow)
    level = np.mean(np.square(frames), axis=1)
    energy_db = (10.0 * np.log10(level + 1e-10)).astype(np.float32)
    window, window_correlation = _window()
    spectrum = fft.rfft(frames * window, FFT, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    correlation = fft.irfft(power, FFT, axis=1)[:, : len(window_correlation)]
    zero_lag = np.maximum(correlation[:, :1], 1e-12)
    f0_hz, strength = _track((correlation / zero_lag / window_correlation).astype(np.float32))
    quiet = energy_db < max(SILENT_DB, float(energy_db.max(initial=-100.0)) - 40.0)
    f0_hz[quiet] = np.nan
    return Frames(narrow, power, energy_db, f0_hz, np.where(quiet, 0.0, strength).astype(np.float32))


def _halved(samples: Samples) -> Floats:
    """To RATE, without the hum below 50 Hz (mains, handling noise)."""
    if len(samples) < 64:
        return np.zeros(0, np.float32)
    low = signal.resample_poly(samples.astype(np.float32), 1, 2)
    return signal.sosfilt(_high_pass(), low).astype(np.float32)


@cache
def _high_pass() -> NDArray[np.float32]:
    return signal.butter(2, 50.0, "highpass", fs=RATE, output="sos").astype(np.float32)


@cache
def _window() -> tuple[Floats, Floats]:
    """A Hann window and its normalised autocorrelation up to the longest lag."""
    window = signal.get_window("hann", WINDOW).astype(np.float32)
    longest = int(RATE / F0_MIN_HZ) + 2
    correlation = fft.irfft(np.abs(fft.rfft(window, FFT)) ** 2, FFT)[: longest + 1]
    return window, (correlation / correlation[0]).astype(np.float32)


def _framed(narrow: Floats) -> Floats:
    """[T, WINDOW] overlapping frames, each less its mean; the ends are padded with silence."""
    count = len(narrow) // HOP
    padded = np.concatenate([np.zeros(WINDOW // 2, np.float32), narrow, np.zeros(WINDOW, np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: count * HOP : HOP][:count]
    return frames - frames.mean(axis=1, keepdims=True) if count else np.zeros((0, WINDOW), np.float32)


def _track(correlation: Floats) -> tuple[Floats, Floats]:
    """Pitch and strength per frame from normalised autocorrelations [T, lags], in two passes."""
    if not len(correlation):
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    f0_hz, strength = _best(correlation, F0_MIN_HZ, F0_MAX_HZ)
    sure = f0_hz[strength >= VOICED + 0.1]
    if len(sure) >= 8:
        lower, upper = np.percentile(sure, (25.0, 75.0))
        f0_hz, strength = _best(correlation, max(F0_MIN_HZ, 0.72 * float(lower)), min(F0_MAX_HZ, 1.9 * float(upper)))
    f0_hz = np.where(strength >= VOICED, f0_hz, np.nan).astype(np.float32)
    return _without_specks(f0_hz), np.clip(strength, 0.0, 1.0).astype(np.float32)


def _best(correlation: Floats, low_hz: float, high_hz: float) -> tuple[Floats, Floats]:
    """The best peak of each frame between two pitches, by parabolic interpolation."""
    first, last = max(2, int(RATE / high_hz)), min(correlation.shape[1] - 2, int(np.ceil(RATE / low_hz)))
    left, middle, right = (correlation[:, first + shift : last + 1 + shift] for shift in (-1, 0, 1))
    lags = np.arange(first, last + 1, dtype=np.float32)
    bend = np.minimum(left - 2.0 * middle + right, -1e-6)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    # the height between samples: a high pitch must not lose to its lower octave for falling between two lags
    height = middle - 0.25 * (left - right) * shift
    cost = OCTAVE_COST * np.log2(lags / first)
    score = np.where((middle > left) & (middle >= right), height - cost, -1.0)
    rows = np.arange(len(score))
    at = score.argmax(axis=1)
    strength = np.where(score[rows, at] > -1.0, height[rows, at], 0.0)
    return (RATE / (lags[at] + shift[rows, at])).astype(np.float32), strength.astype(np.float32)


def _without_specks(f0_hz: Floats) -> Floats:
    """A voice lasts three frames or more at about one pitch: shorter runs, cut at leaps of a third of an octave, are
    dropped."""
    if not len(f0_hz):
        return f0_hz
    voiced = ~np.isnan(f0_hz)
    octave = np.log2(np.where(voiced, f0_hz, 1.0))
    broken = (voiced[1:] != voiced[:-1]) | (np.abs(np.diff(octave)) > 1.0 / 3.0)
    run = np.concatenate([[0], np.cumsum(broken)])
    return np.where(np.bincount(run)[run] >= 3, f0_hz, np.nan).astype(np.float32)
