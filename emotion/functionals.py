"""One utterance as one row of numbers for a classifier: how the voice moved, and the colour of its spectrum.

Nothing here depends on the recording's level, so that a far microphone does not sound sad. Only 300-3,400 Hz is used
for the spectrum: what a telephone carries. Values that could not be measured are nan; the head fills them with its
training means. Knows nothing about emotions.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.pitch import FFT, RATE, Floats, Frames
from warmline.emotion.prosody import semitones
from warmline.emotion.types import Prosody

BANDS = 14

NAMES = (
    "f0_st",
    "f0_range_st",
    "f0_slope_st_s",
    "f0_std_st",
    "f0_skew",
    "f0_top_st",
    "f0_speed_st",
    "energy_range_db",
    "energy_std_db",
    "energy_skew",
    "energy_speed_db",
    "energy_drift_db_s",
    "rate_syllables_s",
    "pause_share",
    "longest_pause_s",
    "spoken_s",
    "jitter",
    "shimmer",
    "tilt_db_octave",
    "voiced_share",
    "harmonicity_db",
    "harmonicity_std_db",
    "strength_low",
    *(f"band{index}_db" for index in range(BANDS)),
    *(f"band{index}_std_db" for index in range(BANDS)),
)
"""What each place of :func:`functionals` holds."""


def functionals(frames: Frames, spoken: NDArray[np.bool_], prosody: Prosody) -> Floats:
    """float32[len(NAMES)] of analysed audio; ``spoken``: bool[T], the frames that are speech."""
    voiced = frames.voiced & spoken
    values = [
        *_pitch(frames, voiced, prosody),
        *_energy(frames, spoken, prosody),
        prosody.rate_syllables_s,
        prosody.pause_share,
        min(prosody.longest_pause_s, 3.0),
        math.log1p(float(spoken.sum()) / 100.0),
        _log(prosody.jitter),
        _log(prosody.shimmer),
        prosody.tilt_db_octave,
        prosody.voiced_share,
        *_harmonicity(frames, voiced),
        *_colour(frames, voiced),
    ]
    return np.asarray(values, np.float32)


def _pitch(frames: Frames, voiced: NDArray[np.bool_], prosody: Prosody) -> tuple[float, ...]:
    pitch = semitones(frames.f0_hz[voiced])
    if len(pitch) < 10:
        return (math.nan,) * 7
    middle = float(np.median(pitch))
    steps = np.abs(np.diff(semitones(np.nan_to_num(frames.f0_hz, nan=1.0))))[voiced[1:] & voiced[:-1]]
    return (
        middle,
        prosody.f0_range_st,
        float(np.clip(prosody.f0_slope_st_s, -30.0, 30.0)),
        float(pitch.std()),
        _skew(pitch),
        float(np.percentile(pitch, 95.0)) - middle,
        float(np.median(steps)) if len(steps) else math.nan,
    )


def _energy(frames: Frames, spoken: NDArray[np.bool_], prosody: Prosody) -> tuple[float, ...]:
    energy = frames.energy_db[spoken]
    if len(energy) < 10:
        return (math.nan,) * 5
    at = np.flatnonzero(spoken) / 100.0
    at = at - at.mean()
    drift = float(np.sum(at * energy) / max(float(np.sum(at**2)), 1e-6))
    speed = np.abs(np.diff(frames.energy_db))[spoken[1:] & spoken[:-1]]
    return (
        prosody.energy_range_db,
        float(energy.std()),
        _skew(energy),
        float(speed.mean()) if len(speed) else math.nan,
        float(np.clip(drift, -30.0, 30.0)),
    )


def _harmonicity(frames: Frames, voiced: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Mean and spread of the harmonics-to-noise ratio in dB (Boersma 1993), and the strength of the weakest tenth."""
    strength = np.clip(frames.strength[voiced], 0.01, 0.999)
    if len(strength) < 10:
        return math.nan, math.nan, math.nan
    ratio = 10.0 * np.log10(strength / (1.0 - strength))
    return float(ratio.mean()), float(ratio.std()), float(np.percentile(strength, 10.0))


def _colour(frames: Frames, voiced: NDArray[np.bool_]) -> tuple[float, ...]:
    """Mean and spread of the level in bands, in dB against the whole band, over voiced frames."""
    if int(voiced.sum()) < 10:
        return (math.nan,) * (2 * BANDS)
    bands = 10.0 * np.log10(frames.power[voiced] @ _bank() + 1e-10)
    bands -= bands.max(axis=1, keepdims=True)
    bands = np.maximum(bands, -50.0)
    return (*(float(value) for value in bands.mean(axis=0)), *(float(value) for value in bands.std(axis=0)))


@cache
def _bank() -> Floats:
    """[FFT / 2 + 1, BANDS] triangles evenly spaced on the mel scale over 300-3,400 Hz."""
    mel = np.linspace(_mel(300.0), _mel(3400.0), BANDS + 2)
    centre = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    hertz = np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (hertz[:, None] - centre[None, :-2]) / (centre[1:-1] - centre[:-2])
    falling = (centre[None, 2:] - hertz[:, None]) / (centre[2:] - centre[1:-1])
    return np.clip(np.minimum(rising, falling), 0.0, 1.0).astype(np.float32)


def _mel(hertz: float) -> float:
    return 2595.0 * math.log10(1.0 + hertz / 700.0)


def _log(value: float) -> float:
    return math.log(max(value, 1e-4))


def _skew(values: Floats) -> float:
    spread = float(values.std())
    return float(np.mean(((values - values.mean()) / spread) ** 3)) if spread > 1e-6 else 0.0
