"""Reading times off recorded audio: where a voice begins and ends, where it pauses. Pure; energy only."""

from __future__ import annotations

import itertools

import numpy as np

from warmline.speech.types import Samples

FRAME_S = 0.005
BELOW_PEAK_DB = 38.0
"""A frame this far below the loudest one counts as silence."""

AUDIBLE_DB = -50.0
"""A frame of the reply above this level can be heard."""


def levels_db(samples: Samples, rate: int) -> Samples:
    """Level of each 5 ms frame in dB re full scale."""
    size = round(FRAME_S * rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1) if len(frames) else np.zeros(0)
    return (10.0 * np.log10(power + 1e-12)).astype(np.float32)


def voiced(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """Spans of sound in a clean recording, in seconds; gaps under 0.1 s are closed, blips under 30 ms dropped."""
    level = levels_db(samples, rate)
    if not len(level):
        return []
    loud = level > max(float(level.max()) - BELOW_PEAK_DB, -65.0)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    spans: list[tuple[float, float]] = []
    for start, end in edges.reshape(-1, 2) * FRAME_S:
        if spans and start - spans[-1][1] < 0.1:
            spans[-1] = (spans[-1][0], float(end))
        else:
            spans.append((float(start), float(end)))
    return [(start, end) for start, end in spans if end - start >= 0.03]


def longest_gap_s(spans: list[tuple[float, float]]) -> float:
    """The longest pause inside a recording."""
    return max((after[0] - before[1] for before, after in itertools.pairwise(spans)), default=0.0)


def first_audible_s(samples: Samples, rate: int, after_s: float) -> float | None:
    """When the first audible frame begins, at or after ``after_s``; None if nothing is audible."""
    level = levels_db(samples, rate)
    first = int(after_s / FRAME_S)
    found = np.flatnonzero(level[first:] > AUDIBLE_DB)
    return float((first + found[0]) * FRAME_S) if len(found) else None


def first_below_s(gain: Samples, step_s: float, after_s: float, limit: float) -> float | None:
    """When a gain track, one value each ``step_s``, first is at or below ``limit`` at or after ``after_s``.

    The value of a step is the gain at its end, so the step's end is the time."""
    first = int(after_s / step_s)
    found = np.flatnonzero(gain[first:] <= limit)
    return float((first + found[0] + 1) * step_s) if len(found) else None
