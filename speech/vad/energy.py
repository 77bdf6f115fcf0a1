"""Voice activity by loudness over an adaptive noise floor: no weights, and the fake of this kind.

It knows nothing about speech: any sound well above the quietest moment of the last seconds counts. Fit for tests and
for machines without weights; on a noisy line use Silero. The floor by minimum tracking: Martin, "Noise power spectral
density estimation based on optimal smoothing and minimum statistics" (2001).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from warmline.speech.types import Samples, samples_of
from warmline.speech.vad.base import FRAME, checked

_SILENCE_DB = -100.0


@dataclass(frozen=True, slots=True)
class EnergyConfig:
    """Levels in dB relative to full scale. A frame scores 0.5 at ``over_db`` above the floor, which is the quietest
    frame of the last ``memory_s``, and less than that below ``least_db``. ``start_db``: the floor of a new stream."""

    over_db: float = 12.0
    least_db: float = -50.0
    memory_s: float = 3.0
    start_db: float = -60.0


class EnergyVad:
    """One stream's detector."""

    instant = True

    def __init__(self, config: EnergyConfig) -> None:
        self._config = config
        self._recent: deque[float]
        self._floor_db: float
        self.reset()

    def score(self, frame: Samples) -> float:
        exact = checked(frame).astype(np.float64)
        power = float(exact @ exact) / FRAME
        level_db = 10.0 * math.log10(power) if power > 1e-10 else _SILENCE_DB
        gone_db = self._recent[0]
        self._recent.append(level_db)
        if level_db <= self._floor_db:
            self._floor_db = level_db
        elif gone_db <= self._floor_db:  # the quietest moment was forgotten: find the next
            self._floor_db = min(self._recent)
        floor_db = self._floor_db
        over_db = min(level_db - floor_db - self._config.over_db, level_db - self._config.least_db)
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, over_db))))

    def reset(self) -> None:
        frames = max(1, samples_of(self._config.memory_s) // FRAME)
        self._recent = deque([self._config.start_db] * frames, maxlen=frames)
        self._floor_db = self._config.start_db

    def close(self) -> None:
        """Nothing to free."""
