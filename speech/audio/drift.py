"""Two clocks that should run alike and do not: how far apart they run, from counts of samples alone. Pure.

Crystals of sound cards differ by up to some 200 parts per million: 0.7 s in an hour's call. What is measured here is
the slope between two counts, such as samples that a client has sent and samples that our own clock says it should
have. Arrival is jittery and bursts come late, never early, so the slope is a line of least squares through the
*earliest* arrival of each second. Knows nothing about audio; ``elastic`` makes use of it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from warmline.speech.types import SAMPLE_RATE

STEP: Final = SAMPLE_RATE
"""Reference samples that give one point."""

WINDOW: Final = 300
"""Points that are kept: five minutes."""

LEAST: Final = 20
"""Points before anything is said: after 20 s of 10 ms jitter the error is about 20 ppm, after 5 minutes below 1."""

MOST_PPM: Final = 1_000.0
"""Beyond this it is no drift: a clock was set, or samples were lost."""


class Drift:
    """How much faster the measured clock runs than the reference, in parts per million."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._second: int | None = None
        self._best = (0, 0)
        self._ppm: float | None = None

    @property
    def ppm(self) -> float | None:
        """Positive when more samples are measured than the reference counts; None until it can be told."""
        return self._ppm

    def update(self, reference: int, measured: int) -> None:
        """Both counts at one moment, each from any origin, neither going back. Call it at each arrival."""
        second = reference // STEP
        if self._second is None or second > self._second:
            if self._second is not None:
                self._add(*self._best)
            self._second, self._best = second, (reference, measured)
        elif measured - reference > self._best[1] - self._best[0]:
            self._best = (reference, measured)

    def _add(self, reference: int, measured: int) -> None:
        ahead = measured - reference
        if self._points and abs(ahead - self._points[-1][1]) > MOST_PPM * 1e-6 * STEP + SAMPLE_RATE / 2:
            self._points.clear()  # a jump of half a second is a restart or a loss, and no drift
            self._ppm = None
        self._points.append((float(reference), float(ahead)))
        if len(self._points) >= LEAST:
            x, y = np.array(self._points).T
            x -= x.mean()
            slope = 1e6 * float(x @ (y - y.mean()) / (x @ x))
            self._ppm = max(-MOST_PPM, min(MOST_PPM, slope))
