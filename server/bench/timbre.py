"""How a voice sounds apart from its tune: breathy or clear, dark or bright. Pure.

Clearness: harmonics against noise where breath is heard, 1.5-4 kHz. The band of each voiced frame is compared with
itself one period later (its normalised autocorrelation, after Boersma 1993); a livelier pitch lowers it as well,
because periods that change are less alike. Tilt: the alpha ratio of the whole, as eGeMAPS has it (Eyben et al. 2016).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy import signal

from warmline.emotion.pitch import analyse
from warmline.speech.types import SAMPLE_RATE, Samples

BAND_HZ: Final = (1500.0, 4000.0)
WINDOW: Final = SAMPLE_RATE * 30 // 1000
_HOP: Final = SAMPLE_RATE // 100
_BAND: Final = signal.butter(4, BAND_HZ, "bandpass", fs=SAMPLE_RATE, output="sos")


def clearness_db(samples: Samples) -> float:
    """Mean harmonics-to-noise ratio of the band in dB, of float32[n] at 16 kHz; a breathier voice has less. nan where
    fewer than five frames are voiced."""
    frames = analyse(samples)
    band = signal.sosfilt(_BAND, samples).astype(np.float32)
    found = []
    for frame in np.flatnonzero(frames.voiced):
        start = int(frame) * _HOP - WINDOW // 2
        period = SAMPLE_RATE / float(frames.f0_hz[frame])
        if start >= 0 and start + WINDOW + int(period) + 4 <= len(band):
            found.append(_likeness(band, start, int(period)))
    if len(found) < 5:
        return math.nan
    likeness = np.clip(found, 0.01, 0.9999)
    return float(np.mean(10.0 * np.log10(likeness / (1.0 - likeness))))


def _likeness(band: Samples, start: int, period: int) -> float:
    """The best normalised correlation of the window with itself about one period later."""
    own = band[start : start + WINDOW]
    lags = range(max(1, period - 2), period + 4)
    later = np.stack([band[start + lag : start + lag + WINDOW] for lag in lags])
    energy = np.sqrt(float(own @ own) * np.einsum("ij,ij->i", later, later) + 1e-12)
    return float(np.max(later @ own / energy))


def tilt_db(samples: Samples) -> float:
    """The alpha ratio of float32[n] at 16 kHz: energy of 1-5 kHz against that of 50 Hz to 1 kHz, in dB; higher is
    brighter. nan for silence."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1.0 / SAMPLE_RATE)
    low, high = (power[(hertz >= start) & (hertz < stop)].sum() for start, stop in ((50.0, 1e3), (1e3, 5e3)))
    return float(10.0 * np.log10(high / low)) if low > 1e-9 and high > 1e-9 else math.nan
