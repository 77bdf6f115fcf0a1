"""The log-mel spectrogram that Whisper and its descendants read: 80 bands (128 from large-v3 on), 25 ms windows, a
frame each 10 ms.

Pure numpy and scipy. It knows nothing about models beyond these constants. Source of the definition: Radford et al.,
"Robust Speech Recognition via Large-Scale Weak Supervision" (2022); the mel scale and its area normalisation are
Slaney's (Auditory Toolbox, 1998).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from warmline.speech.types import SAMPLE_RATE, Samples

HOP = 160
"""Samples from one frame to the next: 10 ms."""

WINDOW = 400
"""Samples in one frame: 25 ms."""

BANDS = 80

Spectrogram = NDArray[np.float32]
"""float32[bands, frames], about [-1, 1.5]."""

_FLOOR = 1e-10
_RANGE = 8.0  # decades kept below the loudest cell
_LINEAR_HZ_A_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1_000.0
_LOG_STEP = np.log(6.4) / 27.0


def log_mel(samples: Samples, frames: int | None = None, bands: int = BANDS) -> Spectrogram:
    """The spectrogram of mono 16 kHz audio as if it were followed by silence up to ``frames`` frames.

    ``samples``: float32[n], n > 200. Returns float32[bands, frames], by default n // 160 frames; audio beyond
    ``frames`` is cut off. Only frames that touch the audio are computed: the padding costs nothing.
    """
    wanted = len(samples) // HOP if frames is None else frames
    samples = samples[: wanted * HOP]
    touched = min(wanted, -(-(len(samples) + WINDOW // 2) // HOP))
    power = np.full((bands, wanted), np.log10(_FLOOR), dtype=np.float32)
    if touched:
        power[:, :touched] = _log_power(samples, touched, bands, padded=wanted * HOP > len(samples))
        np.maximum(power, power.max() - np.float32(_RANGE), out=power)
    power += np.float32(4.0)
    power *= np.float32(0.25)
    return power


def standardised(samples: Samples) -> Samples:
    """The waveform with zero mean and unit variance, float32[n]; near silence stays near zero."""
    centred = samples - samples.mean(dtype=np.float64)
    return np.asarray(centred / np.sqrt(centred.var(dtype=np.float64) + 1e-7), dtype=np.float32)


def _log_power(samples: Samples, frames: int, bands: int, *, padded: bool) -> Spectrogram:
    half = WINDOW // 2
    tail = np.zeros(half + HOP, dtype=np.float32) if padded else samples[-half - 1 : -1][::-1]
    whole = np.concatenate((samples[half:0:-1], samples, tail)).astype(np.float32, copy=False)
    missing = (frames - 1) * HOP + WINDOW - len(whole)
    if missing > 0:
        whole = np.pad(whole, (0, missing))
    strips = np.lib.stride_tricks.sliding_window_view(whole, WINDOW)[::HOP][:frames]
    spectrum = fft.rfft(strips * _hann(), axis=-1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel = _filters(bands) @ power.T
    logs = np.asarray(np.log10(np.maximum(mel, np.float32(_FLOOR))), dtype=np.float32)
    # Vectorised logarithms differ in the last bit from processor to processor: the floor must be that of the padding.
    logs[mel <= _FLOOR] = np.log10(_FLOOR)
    return logs


@cache
def _hann() -> NDArray[np.float32]:
    steps = np.arange(WINDOW) * (2.0 * np.pi / WINDOW)
    return np.asarray(0.5 - 0.5 * np.cos(steps), dtype=np.float32)


@cache
def _filters(bands: int) -> NDArray[np.float32]:
    return triangles(bands, SAMPLE_RATE)


def triangles(bands: int, rate: int) -> NDArray[np.float32]:
    """Triangles of equal area, evenly spaced on the mel scale from 0 Hz to half the rate: float32[bands, 201]."""
    top = _mel_of(np.array(rate / 2.0))
    corners = _hz_of(np.linspace(0.0, float(top), bands + 2))
    bins = np.linspace(0.0, rate / 2.0, WINDOW // 2 + 1)
    low, middle, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = (bins - low) / (middle - low)
    falling = (high - bins) / (high - middle)
    shares = np.clip(np.minimum(rising, falling), 0.0, None)
    return np.asarray(shares * (2.0 / (high - low)), dtype=np.float32)


def _mel_of(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    bend = _LOG_FROM_HZ / _LINEAR_HZ_A_MEL
    above = bend + np.log(np.maximum(hz, _LOG_FROM_HZ) / _LOG_FROM_HZ) / _LOG_STEP
    return np.where(hz < _LOG_FROM_HZ, hz / _LINEAR_HZ_A_MEL, above)


def _hz_of(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    bend = _LOG_FROM_HZ / _LINEAR_HZ_A_MEL
    above = _LOG_FROM_HZ * np.exp((np.maximum(mel, bend) - bend) * _LOG_STEP)
    return np.where(mel < bend, mel * _LINEAR_HZ_A_MEL, above)
