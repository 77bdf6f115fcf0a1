"""How loud a stretch of audio is, and whether it is silent or clipped. Pure; knows nothing about speech."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from warmline.speech.types import Samples

SILENT_DBFS = -60.0
"""Below this level there is nothing to recognise: the noise of a quiet room lies about here."""

CLIPPED_AT = 0.999
"""An absolute value from here on counts as clipped."""

FLOOR_DBFS = -120.0
"""What digital silence is called, in place of minus infinity."""


@dataclass(frozen=True, slots=True)
class Level:
    """``rms_dbfs`` and ``peak_dbfs``: 0 is full scale (a full-scale sine has -3 dBFS RMS), at least FLOOR_DBFS; a
    constant offset counts as nothing in ``rms_dbfs``. ``clipped``: share of samples at full scale, in [0, 1]."""

    rms_dbfs: float
    peak_dbfs: float
    clipped: float

    @property
    def silent(self) -> bool:
        return self.rms_dbfs < SILENT_DBFS

    @property
    def is_clipped(self) -> bool:
        """Whether clipping is audible: more than one sample in a thousand."""
        return self.clipped > 0.001


def dbfs(amplitude: float) -> float:
    """An amplitude (1.0 is full scale) in dB, at least FLOOR_DBFS."""
    return max(FLOOR_DBFS, 20.0 * math.log10(amplitude)) if amplitude > 0.0 else FLOOR_DBFS


def measure(samples: Samples) -> Level:
    """The level of float32[n]; of no samples, digital silence."""
    if len(samples) == 0:
        return Level(FLOOR_DBFS, FLOOR_DBFS, 0.0)
    exact = samples.astype(np.float64)
    size = np.abs(exact)
    return Level(dbfs(float(exact.std())), dbfs(float(size.max())), float(np.mean(size >= CLIPPED_AT)))
