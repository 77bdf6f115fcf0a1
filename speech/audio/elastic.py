"""A buffer between two clocks that neither grows nor runs dry: it plays a little faster or slower, unheard.

What goes in is resampled by a ratio within some hundred parts per million of one, which a slow controller steers so
that the fill stays at its target: 500 ppm is less than a hundredth of a semitone. Where the fill is far off (a burst
came), samples are dropped or added in silence only. The resampler is a windowed sinc of 32 points whose phase moves
continuously; for the idea see Smith and Gossett, "A flexible sampling-rate conversion method" (1984). Pure: knows no
time but the samples that come and go.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import Samples

POINTS: Final = 32
PHASES: Final = 512
MOST: Final = 1_000e-6
"""The ratio stays within one plus or minus this."""

TIGHT: Final = 0.02
"""Control per second: a fill that is one second off changes the ratio by 2% if it could; a time constant of 50 s."""

SLOW: Final = 1e-4
"""Integral control per second squared: what remains of a steady drift after minutes is nothing."""

STEP_MOST: Final = 10e-6
"""Change of the ratio a push at most."""

QUIET: Final = 10.0 ** (-50.0 / 20.0)
FAR_S: Final = 0.1


class Stretcher:
    """One stream resampled by a ratio near one that may change at each push; delay POINTS / 2 samples."""

    def __init__(self) -> None:
        self._past: Samples = np.zeros(POINTS - 1, np.float32)
        self._place = 0.0  # where the next output lies, in input samples after the first of the past

    def push(self, samples: Samples, ratio: float) -> Samples:
        """Float32[n] in, about n * ``ratio`` samples out."""
        whole = np.concatenate((self._past, samples))
        ready = len(whole) - (POINTS - 1)  # an output at a place below this has all its points
        step = 1.0 / ratio
        count = max(0, int(np.ceil((ready - self._place) / step)))
        places = self._place + step * np.arange(count)
        firsts = np.minimum(np.floor(places).astype(np.int64), max(0, ready - 1))
        out = _at(whole, firsts, places - firsts)
        self._place += step * count - ready
        self._past = whole[ready:]
        return out


class Elastic:
    """Samples are pushed by one clock and pulled by another, both nominally at ``rate`` Hz. The first pull that finds
    ``target_s`` of audio begins; before that, and when it runs dry, silence is given and ``dry`` counts it.
    ``longest_s``: beyond it the oldest audio is dropped and ``dropped`` counts it."""

    def __init__(self, rate: int, target_s: float = 0.06, longest_s: float = 1.0) -> None:
        self._rate, self._target = rate, round(target_s * rate)
        self._longest, self._far = round(longest_s * rate), round(FAR_S * rate)
        self._stretcher = Stretcher()
        self._held: Samples = np.zeros(0, np.float32)
        self._smooth: float | None = None
        self._sum = 0.0
        self._running = False
        self.ratio = 1.0
        self.dry = self.dropped = 0

    @property
    def fill(self) -> int:
        """Samples that wait to be pulled."""
        return len(self._held)

    def push(self, samples: Samples) -> None:
        """Take float32[n] from the first clock."""
        if self._running:
            self._steer(len(samples) / self._rate)
        self._held = np.concatenate((self._held, self._shed(self._stretcher.push(samples, self.ratio))))
        beyond = len(self._held) - self._longest
        if beyond > 0:
            self._held = self._held[beyond:]
            self.dropped += beyond

    def pull(self, count: int) -> Samples:
        """Give float32[count] to the second clock."""
        self._running = self._running or len(self._held) >= max(self._target, count)
        if not self._running:
            return np.zeros(count, np.float32)
        out, self._held = self._held[:count], self._held[count:]
        if len(out) < count:
            self.dry += count - len(out)
            self._running = False
            out = np.pad(out, (0, count - len(out)))
        return out

    def _steer(self, seconds_s: float) -> None:
        """One step of control: proportional to how full it is on average, and to how full it has been."""
        weight = min(1.0, seconds_s / 2.0)
        off = (len(self._held) - self._target) / self._rate
        self._smooth = off if self._smooth is None else self._smooth + weight * (off - self._smooth)
        self._sum = max(-MOST, min(MOST, self._sum + SLOW * self._smooth * seconds_s))
        wanted = max(1.0 - MOST, min(1.0 + MOST, 1.0 - TIGHT * self._smooth - self._sum))
        self.ratio += max(-STEP_MOST, min(STEP_MOST, wanted - self.ratio))

    def _shed(self, samples: Samples) -> Samples:
        """Far too full, and this piece is silence: half of it is left out. Far too empty: it is given twice."""
        if not self._running or len(samples) < 2 or float(np.abs(samples).max()) > QUIET:
            return samples
        off = len(self._held) - self._target
        if off > self._far:
            return _halved(samples)
        if off < -self._far:
            return np.concatenate((samples, samples[::-1]))
        return samples


def _halved(samples: Samples) -> Samples:
    """Silence of half the length, its ends as they were: the first half blends into the second."""
    half = len(samples) // 2
    ramp = np.linspace(0.0, 1.0, half, dtype=np.float32)
    return np.asarray(samples[:half] * (1 - ramp) + samples[-half:] * ramp, dtype=np.float32)


def _at(whole: Samples, places: NDArray[np.int64], parts: NDArray[np.float64]) -> Samples:
    """The signal between samples: POINTS values from each place on, weighted by the sinc of that part of a sample."""
    if len(places) == 0:
        return np.zeros(0, np.float32)
    strips = np.lib.stride_tricks.sliding_window_view(whole, POINTS)[places]
    fine = np.clip(parts, 0.0, 1.0 - 1e-9) * PHASES
    row = np.floor(fine).astype(np.int64)
    share = (fine - row)[:, None]
    weights = _table()[row] * (1 - share) + _table()[row + 1] * share
    return np.asarray(np.einsum("ij,ij->i", strips, weights), dtype=np.float32)


@cache
def _table() -> NDArray[np.float64]:
    """Float64[PHASES + 1, POINTS]: Kaiser-windowed sinc, each row of sum one."""
    offset = np.arange(POINTS) - (POINTS / 2 - 1)
    distance = offset[None, :] - np.arange(PHASES + 1)[:, None] / PHASES
    window = np.i0(9.0 * np.sqrt(np.clip(1.0 - (distance / (POINTS / 2)) ** 2, 0.0, None))) / np.i0(9.0)
    rows = np.sinc(distance) * window
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))
