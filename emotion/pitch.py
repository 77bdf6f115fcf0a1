"""Pitch: a contour of fundamental frequency and how periodic each moment is.

Each frame's few best candidates are the peaks of two autocorrelations: of the frame itself, divided by that of its
window (Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound"), and of its flattened spectrum (the fourth root of the power; Tolonen and Karjalainen 2000), in which
one strong formant cannot pass for the pitch: on a telephone line that lets no fundamental through, most octave errors
were of that kind. The range is learnt in a first pass and narrowed in a second, after De Looze and Hirst (2008), and
the smoothest strong path through the candidates is taken. It does not know two voices apart, and takes a pure tone or
a hum for a voice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from warmline.emotion.path import best_path
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

CANDIDATES = 4
FLAT = 4.0
"""Weight of the flattened spectrum's autocorrelation beside the frame's own."""

OCTAVE_COST = -0.02
"""Taken off a candidate's score for each octave below the highest pitch. Negative: with flattened spectra of equal
peaks the longer period is right."""

JUMP_COST = 2.0
"""Taken off a path for a jump of an octave between two frames that are both periodic; a jump of 1.5 costs no less."""


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
    quiet = energy_db < max(SILENT_DB, float(energy_db.max(initial=-100.0)) - 40.0)
    f0_hz, strength = _track(_correlation(power) / window_correlation, _correlation(np.sqrt(np.sqrt(power))), ~quiet)
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


def _correlation(power: Floats) -> Floats:
    """Normalised autocorrelations [T, lags] of power spectra: few lags are wanted, so one product beats the FFT."""
    correlation = power @ _cosines()
    return np.asarray(correlation / np.maximum(correlation[:, :1], 1e-12), np.float32)


@cache
def _cosines() -> Floats:
    """[FFT / 2 + 1, lags]: from a power spectrum to the autocorrelation."""
    bins = np.arange(FFT // 2 + 1)
    twice = np.where((bins == 0) | (bins == FFT // 2), 1.0, 2.0)
    lags = np.arange(int(RATE / F0_MIN_HZ) + 3)
    return (twice[:, None] * np.cos(2.0 * np.pi * bins[:, None] * lags / FFT) / FFT).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """float32[T, K] each: pitch in octaves above 1 Hz, autocorrelation there, and score (-1 for none)."""

    octave: Floats
    strength: Floats
    score: Floats


def _track(own: Floats, flat: Floats, heard: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Pitch and strength per frame from the two autocorrelations [T, lags]; ``heard``: frames that are no silence."""
    if not len(own):
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    f0_hz = np.full(len(own), np.nan, np.float32)
    strength = np.zeros(len(own), np.float32)
    at = np.flatnonzero(heard)
    own = own[at]
    score = _peaks(own, flat[at])
    best = _candidates(own, score, int(RATE / F0_MAX_HZ), _lag(F0_MIN_HZ), 1)
    sure = 2.0 ** best.octave[best.strength >= VOICED + 0.1]
    low_hz, high_hz = F0_MIN_HZ, F0_MAX_HZ
    if len(sure) >= 8:
        lower, upper = np.percentile(sure, (25.0, 75.0))
        low_hz, high_hz = max(low_hz, 0.72 * float(lower)), min(high_hz, 1.9 * float(upper))
    found = _candidates(own, score, int(RATE / high_hz), _lag(low_hz), CANDIDATES)
    path = (np.arange(len(at)), best_path(found.score, _jumps(found, at)))
    strength[at] = found.strength[path]
    f0_hz[at] = np.where(strength[at] >= VOICED, 2.0 ** found.octave[path], np.nan)
    return _without_specks(f0_hz), np.clip(strength, 0.0, 1.0).astype(np.float32)


def _lag(hertz: float) -> int:
    return math.ceil(RATE / hertz)


def _peaks(own: Floats, flat: Floats) -> Floats:
    """The score of each lag, [T, lags]: -1 where the frame's own autocorrelation has no peak."""
    middle = own[:, 1:-1]
    peak = (middle > own[:, :-2]) & (middle >= own[:, 2:])
    octaves = np.log2(np.arange(1, own.shape[1] - 1, dtype=np.float32) * (F0_MAX_HZ / RATE))
    score = np.full(own.shape, -1.0, np.float32)
    score[:, 1:-1] = np.where(peak, middle + FLAT * flat[:, 1:-1] - np.float32(OCTAVE_COST) * octaves, -1.0)
    return score


def _candidates(own: Floats, score: Floats, first: int, last: int, count: int) -> _Candidates:
    """Each frame's best ``count`` peaks between two lags, by parabolic interpolation."""
    score = score[:, first : last + 1]
    count = min(count, score.shape[1])
    if count == 1:
        at = score.argmax(axis=1)[:, None]
    else:
        at = np.argpartition(score, score.shape[1] - count, axis=1)[:, -count:]
    score = np.take_along_axis(score, at, axis=1)
    lag = at + first
    left, middle, right = (np.take_along_axis(own, lag + shift, axis=1) for shift in (-1, 0, 1))
    bend = np.minimum(left - 2.0 * middle + right, -1e-6)
    shift = np.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    # the height between samples: a high pitch must not lose to its lower octave for falling between two lags
    strength = np.where(score > -1.0, middle - 0.25 * (left - right) * shift, 0.0)
    return _Candidates(np.log2(RATE / (lag + shift)).astype(np.float32), strength.astype(np.float32), score)


def _jumps(found: _Candidates, at: NDArray[np.intp]) -> Floats:
    """float32[T - 1, K, K]: what a path pays from candidate to candidate; nothing across silence, and little where
    either frame is hardly periodic."""
    firm = np.clip(found.strength.max(axis=1), 0.0, 1.0)
    firm = np.minimum(firm[1:], firm[:-1]) * (np.diff(at) == 1)
    leap = np.minimum(np.abs(found.octave[:-1, :, None] - found.octave[1:, None, :]), 1.5)
    return np.asarray(-JUMP_COST * firm[:, None, None] * leap, np.float32)


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
