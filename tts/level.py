"""Loudness and edges of spoken audio, the same for every voice. Pure.

Loudness is K-weighted after ITU-R BS.1770 (the two filters' analog prototypes, at our rate), gated relative to the
loudest blocks because a clause may be shorter than the standard's 400 ms; one number, in dB relative to full scale.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from warmline.speech.types import Samples
from warmline.tts.types import VOICE_RATE

REFERENCE_DB: Final = -22.0
MOST_CORRECTION_DB: Final = 9.0
_BLOCK: Final = VOICE_RATE // 20
_KNEE: Final = 0.8


def _shelf(rate: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """BS.1770's first stage: +4 dB above about 1.7 kHz."""
    k = math.tan(math.pi * 1681.974450955533 / rate)
    q, gain = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    side = gain**0.4996667741545416
    norm = 1.0 + k / q + k * k
    b = [(gain + side * k / q + k * k) / norm, 2.0 * (k * k - gain) / norm, (gain - side * k / q + k * k) / norm]
    return np.array(b), np.array([1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm])


def _highpass(rate: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """BS.1770's second stage: a high-pass at 38 Hz."""
    k = math.tan(math.pi * 38.13547087602444 / rate)
    q = 0.5003270373238773
    norm = 1.0 + k / q + k * k
    return np.array([1.0, -2.0, 1.0]), np.array([1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm])


_FILTERS: Final = (_shelf(VOICE_RATE), _highpass(VOICE_RATE))


def loudness_db(samples: Samples) -> float:
    """K-weighted loudness of the speech in ``samples`` (24 kHz); -inf for silence."""
    if len(samples) == 0:
        return -math.inf
    weighted = samples.astype(np.float64)
    for b, a in _FILTERS:
        weighted = lfilter(b, a, weighted)
    blocks = max(1, len(weighted) // _BLOCK)
    power = np.square(weighted[: blocks * _BLOCK] if len(weighted) >= _BLOCK else weighted)
    power = power.reshape(blocks, -1).mean(axis=1)
    loudest = float(power.max())
    if loudest < 1e-10:
        return -math.inf
    speaking = power[power > loudest * 10.0 ** (-20.0 / 10.0)]
    return -0.691 + 10.0 * math.log10(float(speaking.mean()))


def levelled(samples: Samples, gain_db: float) -> Samples:
    """``samples`` brought to the reference loudness plus ``gain_db``; peaks are rounded off softly under full scale."""
    loudness = loudness_db(samples)
    if math.isinf(loudness):
        return samples
    correction = min(MOST_CORRECTION_DB, max(-MOST_CORRECTION_DB, REFERENCE_DB - loudness))
    return limited(samples * np.float32(10.0 ** ((correction + gain_db) / 20.0)))


def limited(samples: Samples) -> Samples:
    """Nothing above 0.8 goes through straight: what is over bends towards 1, so nothing clips."""
    over = np.abs(samples) > _KNEE
    if not over.any():
        return samples
    out = samples.copy()
    room = 1.0 - _KNEE
    out[over] = np.sign(samples[over]) * (_KNEE + room * np.tanh((np.abs(samples[over]) - _KNEE) / room))
    return out


def faded(samples: Samples, rise_s: float = 0.004, fall_s: float = 0.012) -> Samples:
    """``samples`` with raised-cosine edges, so that a join or a stop does not click."""
    out = samples.copy()
    rise, fall = (min(len(out) // 2, round(edge * VOICE_RATE)) for edge in (rise_s, fall_s))
    if rise:
        out[:rise] *= _ramp(rise)
    if fall:
        out[-fall:] *= _ramp(fall)[::-1]
    return out


def tilted(samples: Samples, db_octave: float, pivot_hz: float = 700.0) -> Samples:
    """``samples`` (24 kHz) with a slope of ``db_octave`` laid over the spectrum about ``pivot_hz``; level above 100 Hz
    only, so that no rumble is raised."""
    if db_octave == 0.0 or not len(samples):
        return samples
    hertz = np.maximum(np.fft.rfftfreq(len(samples), 1.0 / VOICE_RATE), 100.0)
    gain = 10.0 ** (db_octave * np.log2(hertz / pivot_hz) / 20.0)
    return np.fft.irfft(np.fft.rfft(samples) * gain, len(samples)).astype(np.float32)


def silence(seconds_s: float) -> Samples:
    """Silence of that length at VOICE_RATE."""
    return np.zeros(max(0, round(seconds_s * VOICE_RATE)), np.float32)


def _ramp(count: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)).astype(np.float32)


def speech_span(
    samples: Samples, quiet_db: float = 45.0, lead_s: float = 0.02, tail_s: float = 0.04
) -> tuple[int, int]:
    """Where speech begins and ends in ``samples`` (24 kHz), with a little air: whatever lies more than ``quiet_db``
    under the loudest 10 ms counts as silence. (0, 0) for silence."""
    block = VOICE_RATE // 100
    count = len(samples) // block
    if count == 0:
        return 0, 0
    power = np.square(samples[: count * block]).reshape(count, block).mean(axis=1)
    loudest = float(power.max())
    if loudest < 1e-10:
        return 0, 0
    sounding = np.flatnonzero(power > loudest * 10.0 ** (-quiet_db / 10.0))
    start = max(0, int(sounding[0]) * block - round(lead_s * VOICE_RATE))
    stop = min(len(samples), (int(sounding[-1]) + 1) * block + round(tail_s * VOICE_RATE))
    return start, stop
