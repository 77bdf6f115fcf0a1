"""Packet loss concealment: what never came is made up from what came before, for a moment.

The idea is that of ITU-T G.711 Appendix I: find the pitch of the last 40 ms by cross-correlation, repeat the last
period, after 10 ms the last two and after 20 ms the last three (one alone buzzes), fade out, and cross-fade into what
comes next. Ours differs where the standard delays the stream by 3.75 ms to smooth the beginning: here the small step
at the beginning is faded away instead, so concealment costs no delay. After :data:`FADED_S` only comfort noise is left,
as loud as the quietest moment heard so far. Pure numpy; knows nothing about packets.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import SAMPLE_RATE, Samples

SHORTEST_PERIOD_S: Final = 0.0025
LONGEST_PERIOD_S: Final = 0.015
MATCHED_S: Final = 0.02
FULL_S: Final = 0.01
"""So long the repetition keeps its level; then it falls evenly."""

FADED_S: Final = 0.07
BLEND_S: Final = 0.005
LOUDEST_COMFORT: Final = 0.003
"""About -50 dBFS RMS: comfort noise must not be taken for speech."""

_FLOOR_FRAME_S: Final = 0.02
_FLOOR_RISE: Final = 1.01  # a frame, so that a floor can rise by 3 dB in some 0.7 s of louder noise


class Concealer:
    """The memory of one stream at ``rate`` Hz: ``heard`` takes what came, ``lost`` makes up what did not."""

    def __init__(self, rate: int = SAMPLE_RATE, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._shortest, self._longest = round(SHORTEST_PERIOD_S * rate), round(LONGEST_PERIOD_S * rate)
        self._matched = round(MATCHED_S * rate)
        self._full, self._faded, self._blend = round(FULL_S * rate), round(FADED_S * rate), round(BLEND_S * rate)
        self._floor_frame = round(_FLOOR_FRAME_S * rate)
        self._kept = 3 * self._longest + self._matched
        self._pieces: deque[Samples] = deque([np.zeros(self._kept, np.float32)])  # joined only when something is lost
        self._in_pieces = self._kept
        self._floor: float | None = None
        self._lost = 0
        self._source: Samples = self._pieces[0]
        self._period = self._longest
        self._step = 0.0

    def heard(self, samples: Samples) -> Samples:
        """Take float32[n] that came, finite. Gives them back, the first blended with the end of a concealment."""
        if len(samples) == 0:
            return samples
        out = samples
        if self._lost:
            count = min(len(samples), self._blend + min(self._lost, self._blend))
            made, ramp = self._made(count), np.arange(1, count + 1, dtype=np.float32) / np.float32(count + 1)
            out = samples.copy()
            out[:count] = made * (1 - ramp) + samples[:count] * ramp
            self._lost = 0
        self._remember(out)
        self._follow_floor(samples)
        return out

    def lost(self, count: int) -> Samples:
        """Make up float32[count] in place of what never came; calls in a row go on with the same concealment."""
        if count <= 0:
            return np.zeros(0, np.float32)
        if not self._lost:
            past = np.concatenate(self._pieces)[-self._kept :]
            self._period = period(past, self._shortest, self._longest, self._matched)
            self._source = past
            self._step = float(past[-1] - past[-1 - self._period])
        made = self._made(count)
        self._lost += count
        self._remember(made)
        return made

    def _made(self, count: int) -> Samples:
        """The concealment from where it stands, float32[count]; does not move it."""
        at = np.arange(self._lost, self._lost + count)
        repeated = min(count, max(0, self._faded - self._lost))
        out = np.zeros(count, np.float32)
        if repeated:
            out[:repeated] = self._repeated(at[:repeated])
        comfort = min(self._floor or 0.0, LOUDEST_COMFORT)
        if comfort > 0.0:
            share = np.clip((at - self._full) / (self._faded - self._full), 0.0, 1.0)
            out += (self._random.normal(0.0, comfort, count) * share).astype(np.float32)
        return out

    def _repeated(self, at: NDArray[np.int64]) -> Samples:
        periods = 1 + np.minimum(at // self._full, 2)
        lag = periods * self._period
        made = self._source[len(self._source) - lag + at % lag].astype(np.float64)
        quarter = max(1, self._period // 4)
        made += self._step * np.clip(1.0 - (at + 1) / quarter, 0.0, 1.0)
        gain = np.clip((self._faded - at) / (self._faded - self._full), 0.0, 1.0)
        return np.asarray(np.clip(made * gain, -1.0, 1.0), dtype=np.float32)

    def _remember(self, samples: Samples) -> None:
        if not len(samples):
            return
        self._pieces.append(samples)
        self._in_pieces += len(samples)
        while self._in_pieces - len(self._pieces[0]) >= self._kept:
            self._in_pieces -= len(self._pieces.popleft())

    def _follow_floor(self, samples: Samples) -> None:
        """Minimum tracking, frame by frame: down at once, up slowly."""
        size = min(self._floor_frame, len(samples))
        if size < self._floor_frame // 2:
            return
        frames = samples[: len(samples) // size * size].reshape(-1, size)
        for frame in frames.astype(np.float64):
            level = math.sqrt(float(frame @ frame) / size)
            self._floor = level if self._floor is None else min(level, self._floor * _FLOOR_RISE + 1e-7)


def period(past: Samples, shortest: int, longest: int, matched: int) -> int:
    """The lag in samples at which the last ``matched`` samples best repeat what lies between ``shortest`` and
    ``longest`` before them: normalised cross-correlation. ``past``: float32[n], n >= longest + matched."""
    end = past[-matched:].astype(np.float64)
    before = past[-matched - longest : -shortest].astype(np.float64)
    products = np.correlate(before, end, "valid")
    energy = np.convolve(np.square(before), np.ones(matched), "valid")
    score = products / np.sqrt(energy + 1e-9)
    return longest - int(np.argmax(score))
