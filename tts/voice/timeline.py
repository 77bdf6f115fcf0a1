"""Which frames of a network's speech are played, in order, and what pitch and level are laid over them. Pure.

A frame is played twice, or left out, to make a word longer, a pause shorter: pitch and timbre stay. It knows no text;
words are spans of frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import Samples

QUIET_DB: Final = 38.0
LEAD_FRAMES: Final = 2
TAIL_FRAMES: Final = 4
CONTOUR_FRAMES: Final = 32
VOICED_HZ: Final = 40.0
DEEPEST_ST: Final = 6.0
"""Measured: with 4.5 Smart Turn took fewer of our statements for finished than of the network's own, with 6 as many."""
EMPHASIS_ST: Final = 1.8
EMPHASIS_DB: Final = 1.5
EMPHASIS_STRETCH: Final = 1.12

Frames = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timeline:
    """``index``: the frames to play, in order. ``ends``: for each word how many of them were played when it ends."""

    index: Frames
    ends: tuple[int, ...]

    def span(self, word: int) -> tuple[int, int]:
        """Where a word lies in ``index``: from the end of the word before it, pauses included."""
        return (self.ends[word - 1] if word else 0), self.ends[word]


def timeline(
    level_db: Samples, stops: Frames, ends: Sequence[int], pauses: frozenset[int], pause_scale: float
) -> Timeline:
    """Silence at the edges is cut, that of inner pauses scaled. ``stops``: the frame at which each symbol ends;
    ``ends``: the number of symbols up to the end of each word; ``pauses``: symbols that are marks. ``level_db``:
    float32[F]."""
    loud = level_db > level_db.max() - QUIET_DB
    sounding = np.flatnonzero(loud)
    first, last = max(0, sounding[0] - LEAD_FRAMES), min(len(level_db) - 1, sounding[-1] + TAIL_FRAMES)
    index: list[int] = []
    played = np.zeros(len(stops) + 1, np.int64)
    start = 0
    for place, stop in enumerate(stops):
        frames = [frame for frame in range(start, stop) if first <= frame <= last]
        if place in pauses and pause_scale != 1.0:
            frames = _paced(frames, ~loud, pause_scale)
        index += frames
        played[place + 1] = len(index)
        start = int(stop)
    total = len(index)
    return Timeline(np.asarray(index, np.int64), tuple(min(total, max(1, int(played[end]))) for end in ends))


def stretched(line: Timeline, factors: Sequence[float]) -> Timeline:
    """Each word ``factors[i]`` times as long, the pause before it with it."""
    if all(factor == 1.0 for factor in factors):
        return line
    parts: list[Frames] = []
    ends: list[int] = []
    total = 0
    for word, factor in enumerate(factors):
        start, stop = line.span(word)
        frames = line.index[start:stop]
        wanted = max(1, round(len(frames) * factor)) if len(frames) else 0
        parts.append(frames[np.minimum(np.arange(wanted) * len(frames) // max(1, wanted), len(frames) - 1)])
        total += wanted
        ends.append(total)
    rest = line.index[line.ends[-1] :] if line.ends else line.index
    return Timeline(np.concatenate([*parts, rest]), tuple(ends))


def end_contour(voiced: NDArray[np.bool_], end_st: float) -> Samples:
    """Semitones to add to each frame: zero, then a smooth way to ``end_st`` over the last 0.4 s of voice."""
    added = np.zeros(len(voiced), np.float32)
    at = np.flatnonzero(voiced)
    if end_st == 0.0 or not len(at):
        return added
    stop = int(at[-1]) + 1
    start = max(int(at[0]), stop - CONTOUR_FRAMES)
    way = (np.arange(start, stop) - start + 1.0) / max(1, stop - start)
    added[start:stop] = end_st * 0.5 * (1.0 - np.cos(np.pi * way))
    added[stop:] = end_st
    return added


def end_of(f0: Samples) -> int:
    """The frame at which the end of the voice begins, 0.4 s before its last."""
    voiced = np.flatnonzero(f0 > VOICED_HZ)
    return max(0, int(voiced[-1]) + 1 - CONTOUR_FRAMES) if len(voiced) else len(f0)


def risen(f0: Samples, end_st: float) -> Samples:
    """F0 in Hz (less than 40 where unvoiced) with its end turned up: over the last 0.4 s of voice the network's own
    way, which falls even in questions, yields to a rise by ``end_st`` from where it was."""
    voiced = np.flatnonzero(f0 > VOICED_HZ)
    if len(voiced) < 4:
        return f0
    stop = int(voiced[-1]) + 1
    at = voiced[voiced >= stop - CONTOUR_FRAMES]
    own = 12.0 * np.log2(f0[at])
    way = (at - at[0] + 1.0) / (stop - at[0])
    ease = 0.5 * (1.0 - np.cos(np.pi * way))
    level = max(float(np.median(own[: max(2, len(own) // 3)])), float(np.median(12.0 * np.log2(f0[voiced]))) - 2.0)
    weight = np.minimum(1.0, 2.0 * ease)
    turned = f0.copy()
    turned[at] = 2.0 ** (((1.0 - weight) * own + weight * (level + end_st * ease)) / 12.0)
    return turned


def gently_fallen(f0: Samples) -> Samples:
    """F0 in Hz whose fall at the end is gentle: what goes deeper than :data:`DEEPEST_ST` below the middle of the whole
    is drawn up, so that the last word does not end in a creak."""
    voiced = np.flatnonzero(f0 > VOICED_HZ)
    if len(voiced) < 4:
        return f0
    at = voiced[voiced >= int(voiced[-1]) + 1 - CONTOUR_FRAMES]
    own = 12.0 * np.log2(f0[at])
    floor = float(np.median(12.0 * np.log2(f0[voiced]))) - DEEPEST_ST
    eased = f0.copy()
    eased[at] = 2.0 ** (np.where(own < floor, floor + 0.35 * (own - floor), own) / 12.0)
    return eased


def swell(frames: int, spans: Sequence[tuple[int, int]]) -> Samples:
    """float32[frames] in [0, 1]: a smooth hill over each span, zero elsewhere. Times :data:`EMPHASIS_ST` it is what an
    emphasised word's pitch rises by, times :data:`EMPHASIS_DB` its level."""
    hill = np.zeros(frames, np.float32)
    for start, stop in spans:
        count = max(0, min(stop, frames) - start)
        if count:
            hill[start : start + count] = np.sin(np.pi * (np.arange(count) + 0.5) / count)
    return hill


def _paced(frames: list[int], silent: NDArray[np.bool_], scale: float) -> list[int]:
    """``frames`` of a pause with its silent ones made more or fewer; sounding ones (a decay) stay."""
    quiet = [frame for frame in frames if silent[frame]]
    if len(quiet) < 2:
        return frames
    wanted = max(1, round(len(quiet) * scale))
    kept = [quiet[min(len(quiet) - 1, int(place * len(quiet) / wanted))] for place in range(wanted)]
    return sorted([frame for frame in frames if not silent[frame]] + kept)
