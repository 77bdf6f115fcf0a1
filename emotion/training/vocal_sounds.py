"""Sounds of the voice that are no words, made by rule: for tuning and testing event detectors where recordings lack.

Laughs, sobs, coughs, sighs and gasps are pulses and noise through a vocal tract; whispers and trembling voices are real
speech remade. Each draw differs (seeded). A detector that passes on these has shown that it follows the rule, not that
it knows people: say so beside every figure.

Sources of the rules: laughs, Bachorowski, Smoski and Owren (2001): 4-6 voiced calls a second, falling in level; sobs,
Provine (2012): voiced exhalations broken by audible inhaled gasps; coughs, Korpas et al. (1996): a burst, noise, at
times a voiced end; tremor, Titze (1994): 4-8 Hz in pitch and level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import signal

from warmline.speech.types import SAMPLE_RATE, Samples

Floats = NDArray[np.float64]

_VOWELS = {"a": (750.0, 1250.0, 2600.0), "e": (550.0, 1800.0, 2500.0), "u": (400.0, 900.0, 2300.0)}
ORDER = 18
"""Poles of the vocal tract at 16 kHz."""


def laugh(rng: Generator) -> Samples:
    """A bout of 4-8 voiced calls ("ha"), each begun by breath."""
    f0_hz = float(rng.uniform(140.0, 380.0))
    rate = float(rng.uniform(4.0, 6.0))
    calls = []
    for number in range(int(rng.integers(4, 9))):
        length = int(SAMPLE_RATE / rate)
        voiced = int(length * rng.uniform(0.4, 0.55))
        pitch = f0_hz * rng.uniform(0.9, 1.15) * np.linspace(1.1, 0.85, voiced)
        call = np.concatenate([_tract(_pulses(pitch, 0.02, rng), "a", rng), np.zeros(length - voiced)])
        call[:voiced] *= signal.windows.tukey(voiced, 0.5)
        breath = _breathy(length, 900.0, rng)
        breath[:voiced] *= 0.3
        calls.append((call + 0.25 * breath) * 0.93**number)
    return _level(np.concatenate(calls), rng)


def sob(rng: Generator) -> Samples:
    """Two to four wavering falling wails, an inhaled gasp in jerks between them."""
    f0_hz = float(rng.uniform(220.0, 480.0))
    parts = []
    for _ in range(int(rng.integers(2, 5))):
        count = int(rng.uniform(0.5, 1.0) * SAMPLE_RATE)
        time = np.arange(count) / SAMPLE_RATE
        waver = 1.0 + 0.06 * np.sin(2.0 * np.pi * rng.uniform(5.0, 9.0) * time)
        pitch = f0_hz * np.linspace(1.2, 0.75, count) * waver
        if rng.random() < 0.5:
            pitch[count // 2 :] *= rng.choice((0.5, 1.5))  # the break of the voice
        parts.append(_tract(_pulses(pitch, 0.03, rng), "e", rng) * signal.windows.tukey(count, 0.4))
        for _ in range(int(rng.integers(2, 4))):
            gasp_count = int(rng.uniform(0.08, 0.18) * SAMPLE_RATE)
            parts.append(0.35 * _breathy(gasp_count, 2200.0, rng) * signal.windows.tukey(gasp_count, 0.6))
    return _level(np.concatenate(parts), rng)


def cough(rng: Generator) -> Samples:
    """One to three coughs: a burst of under 50 ms, noise that falls, at times a voiced end."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.uniform(0.25, 0.4) * SAMPLE_RATE)
        time = np.arange(count) / SAMPLE_RATE
        shape = np.exp(-time / 0.025) + 0.35 * np.exp(-(((time - 0.12) / 0.09) ** 2))
        noise = _tract(rng.standard_normal(count), "a", rng)
        if rng.random() < 0.6:
            voiced = _tract(_pulses(np.full(count, rng.uniform(120.0, 260.0)), 0.05, rng), "a", rng)
            noise = noise + 0.8 * voiced * np.clip((time - 0.12) / 0.05, 0.0, 1.0)
        parts += [noise * shape, np.zeros(int(rng.uniform(0.08, 0.3) * SAMPLE_RATE))]
    return _level(np.concatenate(parts), rng)


def sigh(rng: Generator) -> Samples:
    """A quick breath in, then breath out for 0.8-1.6 s whose spectrum falls."""
    inhale = 0.5 * _breathy(int(rng.uniform(0.3, 0.5) * SAMPLE_RATE), 2500.0, rng)
    count = int(rng.uniform(0.8, 1.6) * SAMPLE_RATE)
    early, late = _breathy(count, 1500.0, rng), _breathy(count, 600.0, rng)
    fade = np.linspace(0.0, 1.0, count)
    exhale = (early * (1.0 - fade) + late * fade) * np.sin(np.pi * np.minimum(1.0, fade * 1.0)) ** 0.6
    return _level(np.concatenate([inhale * np.hanning(len(inhale)), exhale]), rng)


def gasp(rng: Generator) -> Samples:
    """A sharp breath in of 0.25-0.5 s."""
    count = int(rng.uniform(0.25, 0.5) * SAMPLE_RATE)
    return _level(_breathy(count, 2400.0, rng) * np.linspace(0.2, 1.0, count) ** 2, rng)


MADE: Mapping[str, Callable[[Generator], Samples]] = {
    "laugh": laugh,
    "cry": sob,
    "cough": cough,
    "sigh": sigh,
    "gasp": gasp,
}


def whispered(speech: Samples, rng: Generator) -> Samples:
    """The same words whispered: the vocal tract of each 30 ms (linear prediction), excited by noise, with the low
    frequencies weakened as an open glottis does."""
    size, hop = 480, 240
    window = np.hanning(size)
    padded = np.concatenate([np.zeros(size), speech.astype(np.float64), np.zeros(size)])
    out = np.zeros(len(padded))
    for start in range(0, len(padded) - size, hop):
        frame = padded[start : start + size] * window
        energy = float(np.sum(frame**2))
        if energy < 1e-7:
            continue
        correlation = np.correlate(frame, frame, "full")[size - 1 : size + ORDER]
        correlation[0] *= 1.001
        poles = _levinson(correlation)
        made = signal.lfilter([1.0], poles, rng.standard_normal(size + hop))[hop:] * window
        out[start : start + size] += made * (energy / max(float(np.sum(made**2)), 1e-12)) ** 0.5
    high = signal.butter(2, 500.0, "highpass", fs=SAMPLE_RATE, output="sos")
    made = signal.sosfilt(high, out)[size : size + len(speech)]
    return np.asarray(0.35 * made / max(1e-9, float(np.abs(made).max())), np.float32)


def trembling(speech: Samples, rng: Generator, semitones: float = 0.9, depth: float = 0.25) -> Samples:
    """The same speech, its pitch and level shaken at 4-8 Hz: ``semitones`` up and down, ``depth`` of the level."""
    rate = float(rng.uniform(4.0, 8.0))
    time = np.arange(len(speech)) / SAMPLE_RATE
    phase = float(rng.uniform(0.0, 2.0 * np.pi))
    # reading a little faster and slower moves the pitch by the derivative of the place that is read
    swing = (2.0 ** (semitones / 12.0) - 1.0) / (2.0 * np.pi * rate) * SAMPLE_RATE
    at = np.arange(len(speech)) - swing * np.cos(2.0 * np.pi * rate * time + phase)
    moved = np.interp(at, np.arange(len(speech)), speech)
    return np.asarray(moved * (1.0 + depth * np.sin(2.0 * np.pi * rate * time + phase)), np.float32)


def _pulses(pitch_hz: Floats, jitter: float, rng: Generator) -> Floats:
    """Glottal pulses, float64[n], at a pitch given for every sample."""
    shaken = pitch_hz * (1.0 + jitter * signal.lfilter([0.01], [1.0, -0.99], rng.standard_normal(len(pitch_hz))) * 10)
    phase = np.cumsum(shaken / SAMPLE_RATE)
    pulses = np.diff(np.floor(phase), prepend=0.0)
    return np.asarray(signal.lfilter([1.0], [1.0, -0.9], pulses) + 0.01 * rng.standard_normal(len(pitch_hz)))


def _tract(excitation: Floats, vowel: str, rng: Generator) -> Floats:
    scale = float(rng.uniform(0.9, 1.15))
    wave = excitation
    for centre, width in zip(_VOWELS[vowel], (90.0, 110.0, 160.0), strict=True):
        radius = np.exp(-np.pi * width / SAMPLE_RATE)
        turn = 2.0 * np.pi * centre * scale / SAMPLE_RATE
        wave = signal.lfilter([1.0 - radius], [1.0, -2.0 * radius * np.cos(turn), radius**2], wave)
    return np.asarray(wave / max(1e-9, float(np.abs(wave).max())))


def _breathy(count: int, centre_hz: float, rng: Generator) -> Floats:
    """Breath: noise about ``centre_hz``, float64[count], at most 1."""
    band = (centre_hz * 0.45, min(7600.0, centre_hz * 2.2))
    shaped = signal.sosfilt(
        signal.butter(2, band, "bandpass", fs=SAMPLE_RATE, output="sos"), rng.standard_normal(count + 400)
    )[400:]
    return np.asarray(shaped / max(1e-9, float(np.abs(shaped).max())))


def _level(wave: Floats, rng: Generator) -> Samples:
    """0.1 s of near silence about it, a peak of 0.2-0.6."""
    quiet = np.zeros(SAMPLE_RATE // 10)
    whole = np.concatenate([quiet, wave * rng.uniform(0.2, 0.6) / max(1e-9, float(np.abs(wave).max())), quiet])
    return (whole + 3e-4 * rng.standard_normal(len(whole))).astype(np.float32)


def _levinson(correlation: Floats) -> Floats:
    """The prediction error filter [1, a1, ...] of autocorrelations [order + 1] (Levinson 1947)."""
    filter_ = np.zeros(len(correlation))
    filter_[0] = 1.0
    error = float(correlation[0])
    for order in range(1, len(correlation)):
        reflection = -float(filter_[:order] @ correlation[order:0:-1]) / error
        filter_[1 : order + 1] = filter_[1 : order + 1] + reflection * filter_[order - 1 :: -1][:order]
        error *= max(1.0 - reflection**2, 1e-9)
    return filter_
