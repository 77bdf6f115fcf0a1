"""The part of a stretch of audio that holds voice, by loudness alone. Pure; for stretches that a detector has found.

It leaves pauses out; it cannot tell voice from noise.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from warmline.speech.types import Samples, samples_of

FRAME: Final = samples_of(0.02)
BELOW_LOUD_DB: Final = 25.0
QUIETEST_DBFS: Final = -60.0


def voiced(samples: Samples) -> Samples:
    """The frames within 25 dB of the loud ones, float32[m] out of float32[n] at 16 kHz; none where nothing is louder
    than -60 dBFS."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    if len(frames) == 0:
        return np.zeros(0, np.float32)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    level_db = 10.0 * np.log10(power + 1e-12)
    loud_db = float(np.percentile(level_db, 90))
    if loud_db < QUIETEST_DBFS:
        return np.zeros(0, np.float32)
    kept = frames[level_db > max(loud_db - BELOW_LOUD_DB, QUIETEST_DBFS)]
    return np.ascontiguousarray(kept.reshape(-1))
