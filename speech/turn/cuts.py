"""Where speech may be broken off: the gaps between words, found in loudness. Pure.

For making pauses where there were none, and for learning how speech sounds just before one. It knows no phonemes: a
boundary is the quietest moment near the time at which one word ends and the next begins.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import SAMPLE_RATE, Samples, Word, samples_of, seconds_of

FRAME = 160
"""Samples in one frame of loudness: 10 ms."""

VOICE_DB = 32.0
"""A frame this far below the loud parts (95th percentile) holds no voice, unless the recording's noise is louder."""

SILENCE_DB = -75.0
"""Under this nobody speaks, whatever the rest is like."""

REAL_PAUSE_S = 0.15
"""A gap between two words as long as this is a pause of the speaker's own."""

_NEAR = 12  # frames around a word's edge in which the boundary is looked for


@dataclass(frozen=True, slots=True)
class Cut:
    """A gap between words: the voice ends before sample ``before`` and goes on at ``after`` (before <= after).
    ``words``: how many words stand before it."""

    before: int
    after: int
    words: int

    @property
    def own(self) -> bool:
        """Did the speaker pause here?"""
        return seconds_of(self.after - self.before) >= REAL_PAUSE_S


def levels(samples: Samples) -> NDArray[np.float64]:
    """Level of each 10 ms in dB of full scale, float64[n // 160]."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(10.0 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-10))


def voiced(samples: Samples) -> NDArray[np.bool_]:
    """Which 10 ms sound like voice by their loudness alone, bool[n // 160]."""
    level = levels(samples)
    if not len(level):
        return np.zeros(0, bool)
    loud, floor = np.percentile(level, 95), np.percentile(level, 5)
    limit = max(loud - VOICE_DB, min(floor + 6.0, loud - 10.0), SILENCE_DB)
    return np.asarray(level > limit)


def span(samples: Samples) -> tuple[int, int]:
    """The first and the last sample of voice; blips under 40 ms do not count. (0, 0) where there is none."""
    found = [run for run in runs(voiced(samples)) if run[1] - run[0] >= 4]
    return (found[0][0] * FRAME, found[-1][1] * FRAME) if found else (0, 0)


def gaps(samples: Samples, least_s: float) -> tuple[tuple[int, int], ...]:
    """Quiet stretches of at least ``least_s`` with voice on both sides, as sample indices."""
    quiet = runs(~voiced(samples))
    first, last = span(samples)
    return tuple(
        (start * FRAME, end * FRAME)
        for start, end in quiet
        if (end - start) * FRAME >= least_s * SAMPLE_RATE and start * FRAME > first and end * FRAME < last
    )


def boundaries(samples: Samples, words: Sequence[Word], start: int = 0) -> tuple[Cut, ...]:
    """The gaps between ``words`` (times on the stream clock, the audio beginning at ``start``), in order."""
    level, sound = levels(samples), voiced(samples)
    found: list[Cut] = []
    for number, (one, other) in enumerate(itertools.pairwise(words), 1):
        low = max(0, (one.end - start) // FRAME - _NEAR)
        high = min(len(level), max((other.start - start) // FRAME, low) + _NEAR)
        if high - low < 2:
            continue
        at = low + int(np.argmin(level[low:high]))
        before = after = at
        while before > 0 and not sound[before - 1]:
            before -= 1
        while after < len(sound) and not sound[after]:
            after += 1
        if not found or before * FRAME > found[-1].after:
            found.append(Cut(before * FRAME, max(before, after) * FRAME, number))
    return tuple(found)


def room_of(samples: Samples) -> Samples:
    """What the recording sounds like where nobody speaks: its quiet 10 ms frames, joined; empty where it has none."""
    sound = voiced(samples)
    frames = samples[: len(sound) * FRAME].reshape(-1, FRAME)
    edge = np.convolve(sound, np.ones(5), mode="same") > 0 if len(sound) else sound  # voice rings on for a moment
    return np.asarray(frames[~edge].reshape(-1), np.float32)


def quiet_of(room: Samples, count: int, rng: np.random.Generator) -> Samples:
    """``count`` samples of noise with the spectrum and level of ``room``, never digital silence; faint white noise
    where ``room`` is too short to tell."""
    if count <= 0:
        return np.zeros(0, np.float32)
    size = samples_of(0.032)
    frames = room[: len(room) // size * size].reshape(-1, size)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    shape = np.full(size // 2 + 1, 1e-4)
    if len(frames) >= 2:
        window = np.hanning(size)
        power = np.abs(np.fft.rfft(frames * window)) ** 2
        shape = np.sqrt(np.median(power, axis=0) / np.log(2.0) / np.sum(window**2))
    wanted = np.interp(np.linspace(0, 1, len(spectrum)), np.linspace(0, 1, len(shape)), shape)
    return np.asarray(np.fft.irfft(spectrum * np.maximum(wanted, 2e-5), n=count), np.float32)


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of True as (start, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
