"""Samples as numbers of other kinds: 16-bit integers, and float32 that is fit to compute with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import Samples

Pcm16 = NDArray[np.int16]
"""Mono audio, int16[n]; 32768 would be 1.0."""


def to_pcm16(samples: Samples) -> Pcm16:
    """Float32 in [-1, 1] as int16, rounded; beyond the range it is clipped, and what is no number becomes silence."""
    scaled = np.rint(samples * np.float32(32768.0))  # exact: a power of two
    if len(scaled) and not np.isfinite(np.abs(scaled).max()):
        scaled = np.nan_to_num(scaled, nan=0.0, posinf=32767.0, neginf=-32768.0)
    return np.asarray(np.clip(scaled, np.float32(-32768), np.float32(32767)), dtype=np.int16)


def from_pcm16(pcm: Pcm16) -> Samples:
    """Int16 as float32 in [-1, 1); :func:`to_pcm16` gives back exactly the same integers."""
    return pcm.astype(np.float32) / np.float32(32768.0)


def cleaned(samples: Samples) -> tuple[Samples, int]:
    """The samples with NaN and infinities silenced and the rest clipped to [-1, 1], and how many were changed."""
    if not len(samples) or float(np.abs(samples).max()) <= 1.0:  # NaN and infinities are not: max hands them on
        return samples, 0
    wrong = ~(np.abs(samples) <= 1.0)  # NaN compares false, so it is wrong too
    count = int(np.count_nonzero(wrong))
    return np.clip(np.where(np.isfinite(samples), samples, 0.0), -1.0, 1.0).astype(np.float32), count
