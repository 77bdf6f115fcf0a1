"""One random way a line changes a voice, for training: level, noise, rooms, the telephone band and speed.

Every function takes and gives float32[n] mono at 16 kHz; the changes themselves are those of
:mod:`warmline.speech.audio.degrade`. Knows nothing about labels. Pitch is never shifted alone: it carries the emotion
that is to be learnt; speed moves it by a few percent, as between people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from scipy import signal

from warmline.speech.audio.degrade import add_noise, coloured_noise, gain, room, telephone
from warmline.speech.types import Samples


def speed(samples: Samples, factor: float) -> Samples:
    """Faster (> 1) or slower by resampling, so that pitch moves along; factors are rounded to hundredths."""
    hundredths = round(factor * 100)
    if hundredths == 100 or len(samples) < 64:
        return samples
    return np.asarray(signal.resample_poly(samples.astype(np.float64), 100, hundredths), np.float32)


def on_the_line(samples: Samples, rng: Generator, noises: Sequence[Samples] = ()) -> Samples:
    """One random way a call may change the voice; most draws combine two or three changes, some only the level."""
    if not len(samples):
        return samples
    changed = speed(samples, float(rng.uniform(0.92, 1.08))) if rng.random() < 0.5 else samples
    if rng.random() < 0.4:
        changed = room(changed, float(rng.uniform(0.15, 0.7)), float(rng.uniform(0.0, 12.0)), rng)
    if rng.random() < 0.6:
        changed = add_noise(changed, _noise(len(changed), rng, noises), float(rng.uniform(5.0, 30.0)))
    changed = gain(changed, float(rng.uniform(-14.0, 10.0)))
    return telephone(changed) if rng.random() < 0.45 else changed


def _noise(count: int, rng: Generator, noises: Sequence[Samples]) -> Samples:
    if not noises or rng.random() < 0.4:
        return coloured_noise(count, float(rng.uniform(0.0, 2.0)), rng)
    noise = noises[int(rng.integers(len(noises)))]
    return np.roll(noise, int(rng.integers(len(noise))))
