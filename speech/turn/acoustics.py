"""What an end of turn sounds like, as one row of numbers: the recogniser's encoder output before the pause, pooled at
several scales that end at the last voiced frame, and how loudness and voiced time run out. Pure numpy, about 1 ms.

The encoder heard nothing after the audio, so nothing here knows whether the person went on. It knows no words.
"""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warmline.speech.turn import cuts
from warmline.speech.types import EncoderFeatures, Samples, samples_of

Floats = NDArray[np.float32]

SPANS_S: Final = ((0.0, 0.12), (0.12, 0.3), (0.3, 0.7), (0.7, 1.5), (1.5, 3.5))
"""Stretches before the last voiced frame, in seconds back from it; each is pooled by its mean."""

AFTER_S: Final = 0.12
"""The quiet after the last voiced frame is pooled too: the encoder marks an end there."""

HEARD: Final = samples_of(8.0)
"""Of longer audio the last part counts."""

LOUDNESS: Final = 10
"""Numbers that come from loudness alone, after the pooled frames."""


def width(encoder: int) -> int:
    """Length of a row for an encoder of so many outputs."""
    return (len(SPANS_S) + 1) * encoder + LOUDNESS


def row(audio: Samples, features: EncoderFeatures, start: int = 0) -> Floats:
    """float32[width(D)] of audio, float32[n] at 16 kHz beginning at stream-clock index ``start``, with the encoder's
    frames of it (of a longer or shorter stretch that ends with it). Zeros stand where nothing was heard."""
    last = audio[-HEARD:]
    sound = cuts.voiced(last)
    end_s = _last_voiced_s(sound)
    behind_s = len(last) / 16_000 - end_s
    frames = features.frames
    stop = max(0, len(frames) - round(behind_s * features.rate_hz))
    pooled = [_mean(frames, stop - far * features.rate_hz, stop - near * features.rate_hz) for near, far in SPANS_S]
    pooled.append(_mean(frames, stop, stop + AFTER_S * features.rate_hz))
    return np.concatenate([*pooled, _loudness(last, sound)]).astype(np.float32)


def _last_voiced_s(sound: NDArray[np.bool_]) -> float:
    found = [end for start, end in cuts.runs(sound) if end - start >= 3]
    return (found[-1] if found else len(sound)) * cuts.FRAME / 16_000


def _mean(frames: Floats, low: float, high: float) -> Floats:
    first, last = max(0, round(low)), max(0, round(high))
    part = frames[first:last]
    return part.mean(axis=0) if len(part) else np.zeros(frames.shape[1], np.float32)


def _loudness(audio: Samples, sound: NDArray[np.bool_]) -> Floats:
    """How the voice ran out: its level in the last 50, 100, 200, 400 and 800 ms of voice against the loud parts, the
    slope over the last 300 ms, the last voiced run, the voiced time of 4 s and of 8 s, and inner pauses."""
    level = cuts.levels(audio)
    stop = round(_last_voiced_s(sound) * 100)
    if stop < 4 or not sound[:stop].any():
        return np.zeros(LOUDNESS, np.float32)
    loud = float(np.percentile(level[:stop], 95))
    down = [float(np.mean(level[max(0, stop - count) : stop])) - loud for count in (5, 10, 20, 40, 80)]
    tail = level[max(0, stop - 30) : stop]
    slope = float(np.polyfit(np.arange(len(tail)) / 100.0, tail, 1)[0]) if len(tail) >= 5 else 0.0
    spoken = cuts.runs(sound[:stop])
    pauses = sum(other[0] - one[1] >= 20 for one, other in itertools.pairwise(spoken))
    return np.array(
        [
            *(value / 20.0 for value in down),
            slope / 100.0,
            min(2.0, (spoken[-1][1] - spoken[-1][0]) / 100.0),
            sound[max(0, stop - 400) : stop].mean(),
            sound[:stop].sum() / 800.0,
            min(pauses, 5) / 5.0,
        ],
        np.float32,
    )
