"""Samples as they come made fit to compute with: mono, finite, within [-1, 1], without an offset or a roar.

What is sound is passed through bit for bit. Knows nothing about order, rates or the clock; ``at`` is only written
into the faults.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.audio.faults import Clipped, Fault, Noise, NotNumbers, Offset, OutOfRange, Silent
from warmline.speech.audio.level import CLIPPED_AT, dbfs
from warmline.speech.types import Samples, samples_of

LOST_FROM: Final = 0.5
"""A piece with more than this share of samples that are no numbers counts as lost."""

CLIPPED_SHARE: Final = 0.02
OFFSET_FROM: Final = 0.04
OFFSET_UNTIL: Final = 0.01
OFFSET_TIME: Final = samples_of(0.5)
NOISE_RMS: Final = 0.3
NOISE_LIKENESS: Final = 0.35
"""Correlation of neighbouring samples, at 8 kHz and more: below it the sound is as good as white; voices have 0.7."""

NOISE_AFTER: Final = samples_of(0.3)
SILENT_AFTER: Final = tuple(samples_of(seconds_s) for seconds_s in (10.0, 60.0, 600.0, 3600.0))
TOLD_AGAIN: Final = samples_of(5.0)
"""A lasting fault is told when it begins, and again only after it has been gone for so long."""


@dataclass(slots=True)
class _Lasting:
    """Tells the beginning of a condition."""

    seen: int = -TOLD_AGAIN - 1

    def begins(self, at: int) -> bool:
        begun = at - self.seen > TOLD_AGAIN
        self.seen = at
        return begun


class Mender:
    """One stream's memory: its offset, how long it has been silent or a roar."""

    def __init__(self) -> None:
        self._mean = 0.0
        self._taken_away = 0.0
        self._correcting = False
        self._clipped, self._range = _Lasting(), _Lasting()
        self._noise, self._silent = 0, 0

    def mend(self, samples: NDArray[np.float32], duration: int, at: int) -> tuple[Samples | None, list[Fault]]:
        """Float32[n], n > 0, of any content and rate, lasting ``duration`` on the stream clock. Gives float32[n] fit
        for use, or None when nothing of it is, and what was wrong."""
        faults: list[Fault] = []
        peak = float(np.abs(samples).max())  # of what is no number: not finite, whatever else there is
        if not math.isfinite(peak):
            finite = np.isfinite(samples)
            bad = len(samples) - int(np.count_nonzero(finite))
            lost = bad > LOST_FROM * len(samples)
            faults.append(NotNumbers(at, bad, lost))
            if lost:
                return None, faults
            samples = _bridged(samples, finite)
            peak = float(np.abs(samples).max())
        sounds = peak > 0.0  # an hour of digital silence shall cost next to nothing
        if peak >= CLIPPED_AT:
            samples = self._in_range(samples, at, faults)
        if sounds or self._mean != 0.0:
            samples = self._centred(samples, duration, at, faults)
        if peak > NOISE_RMS:
            samples = self._quieted(samples, duration, at, faults)
        else:
            self._noise = 0  # it cannot be a roar, at no more than this anywhere
        self._listen(sounds, duration, at, faults)
        return samples, faults

    def _in_range(self, samples: Samples, at: int, faults: list[Fault]) -> Samples:
        size = np.abs(samples)
        peak = float(size.max())
        if peak > 1.0:
            count = int(np.count_nonzero(size > 1.0))
            samples = np.clip(samples, -1.0, 1.0)
            if self._range.begins(at):
                faults.append(OutOfRange(at, count, peak))
        share = float(np.mean(size >= CLIPPED_AT))
        if share > CLIPPED_SHARE and self._clipped.begins(at):
            faults.append(Clipped(at, share))
        return samples

    def _centred(self, samples: Samples, duration: int, at: int, faults: list[Fault]) -> Samples:
        """Follow the mean over half a second; once it is an offset, take it away without a step."""
        weight = min(1.0, duration / OFFSET_TIME)
        mean = float(np.add.reduce(samples, dtype=np.float64)) / len(samples)
        self._mean += weight * (mean - self._mean)
        if not self._correcting and abs(self._mean) > OFFSET_FROM:
            self._correcting = True
            faults.append(Offset(at, self._mean))
        elif self._correcting and abs(self._mean) < OFFSET_UNTIL:
            self._correcting = False
        before, self._taken_away = self._taken_away, self._mean if self._correcting else 0.0
        if before == 0.0 and self._taken_away == 0.0:
            return samples
        offset = np.linspace(before, self._taken_away, len(samples), dtype=np.float32)
        return np.asarray(np.clip(samples - offset, -1.0, 1.0), dtype=np.float32)

    def _quieted(self, samples: Samples, duration: int, at: int, faults: list[Fault]) -> Samples:
        exact = samples.astype(np.float64)
        power = float(np.mean(np.square(exact)))
        white = (
            power > NOISE_RMS**2
            and len(exact) > 1
            and abs(float(np.mean(exact[1:] * exact[:-1]))) < NOISE_LIKENESS * power
        )
        before = self._noise
        self._noise = before + duration if white else 0
        if not white or self._noise < NOISE_AFTER:
            return samples
        if before < NOISE_AFTER:
            faults.append(Noise(at, dbfs(power**0.5)))
        return np.zeros_like(samples)

    def _listen(self, sounds: bool, duration: int, at: int, faults: list[Fault]) -> None:
        before = self._silent
        self._silent = 0 if sounds else before + duration
        for limit in SILENT_AFTER:
            if before < limit <= self._silent:
                faults.append(Silent(at, self._silent))


def _bridged(samples: Samples, finite: NDArray[np.bool_]) -> Samples:
    """Samples that are no numbers replaced on a straight line between their neighbours."""
    places = np.arange(len(samples))
    out = samples.copy()
    out[~finite] = np.interp(places[~finite], places[finite], samples[finite])
    return out
