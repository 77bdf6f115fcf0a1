"""Where to cut long audio, and where words lie in it: loudness over time, nothing else.

Pure. It knows no phonemes: a pause is a quiet stretch, and word times are estimates, a word taking its share of the
voiced time by its letters (off by 0.2-0.5 s against times from Whisper's attention, and more where a pause falls into
the share of a word).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import AudioChunk, Samples, Word, samples_of

STEP = 320
"""Samples in one loudness frame and one encoder frame: 20 ms. Cuts fall between frames."""

CUT_AFTER = samples_of(13.0)
"""A window longer than this is cut at its clearest pause. (Of 8 turns of 11 to 20 s, clean and at 10 dB: after 10 s
base has 4.7% and tiny.en 5.8% word errors, after 13 s 4.0% and 5.1%, at no more cost, after 16 s no fewer.)"""

LOOK_EVERY = samples_of(0.5)
"""Steps in which a window that has grown too long is looked at; a multiple of STEP."""

CUT_AT_LAST = samples_of(20.0)
"""A window longer than this is cut at its quietest moment, pause or not."""

LEAST_LEFT = samples_of(4.0)
LEAST_RIGHT = samples_of(1.0)
"""What must remain on both sides of a cut."""

CLEAR_DB = 22.0
"""A pause is clear so far under the loud parts."""

_PAUSE_FRAMES = 10
_SNAP = 8
_VOICED_DB = 18.0
_QUIET_DB = 25.0


def loudness(samples: Samples) -> NDArray[np.float64]:
    """Level of each 20 ms in dB of full scale, float64[ceil(n / 320)]."""
    frames = -(-len(samples) // STEP)
    padded = np.zeros(frames * STEP, np.float32)
    padded[: len(samples)] = samples
    power = np.square(padded.reshape(frames, STEP), dtype=np.float64).mean(axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(power, 1e-10)))


def voiced(samples: Samples) -> NDArray[np.bool_]:
    """Which 20 ms are among the loud ones, within 18 dB of the 95th percentile: bool[ceil(n / 320)]."""
    levels = loudness(samples)
    return np.asarray(levels >= np.percentile(levels, 95) - _VOICED_DB)


def pauses(samples: Samples) -> tuple[int, ...]:
    """The middles of the clear pauses, 0.2 s or more with sound on both sides, as sample indices."""
    levels = loudness(samples)
    quiet = np.concatenate(([False], levels < np.percentile(levels, 90) - CLEAR_DB, [False]))
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    return tuple(
        (int(start) + int(end)) // 2 * STEP
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - start >= _PAUSE_FRAMES and start > 0 and end < len(levels)
    )


def pause(samples: Samples, first: int, last: int) -> tuple[int, float]:
    """The middle of the quietest 0.2 s between the sample indices ``first`` and ``last``, a multiple of 320, and how
    many dB it lies under the loud parts of the audio (its 90th percentile). Needs last - first >= 3,200."""
    return _quietest(loudness(samples), first, last)


def _quietest(levels: NDArray[np.float64], first: int, last: int) -> tuple[int, float]:
    quiet = np.convolve(10.0 ** (levels / 10.0), np.ones(_PAUSE_FRAMES) / _PAUSE_FRAMES, mode="valid")
    low, high = first // STEP, max(first // STEP + 1, last // STEP - _PAUSE_FRAMES)
    best = low + int(np.argmin(quiet[low:high]))
    depth = float(np.percentile(levels, 90) - 10.0 * np.log10(max(float(quiet[best]), 1e-10)))
    return (best + _PAUSE_FRAMES // 2) * STEP, depth


def cut(samples: Samples) -> int | None:
    """Where to cut a window, as a sample index into it; None while it need not be.

    Decided as though the audio had come in steps of :data:`LOOK_EVERY`: the same cut whenever, and with however much
    audio after it, one asks."""
    length = len(samples)
    if length < CUT_AFTER + LOOK_EVERY:
        return None
    levels = loudness(samples[:CUT_AT_LAST])
    for end in range(CUT_AFTER + LOOK_EVERY, min(length, CUT_AT_LAST) + 1, LOOK_EVERY):
        at, depth_db = _quietest(levels[: end // STEP], LEAST_LEFT, end - LEAST_RIGHT)
        if depth_db >= CLEAR_DB:
            return at
    return _quietest(levels, LEAST_LEFT, CUT_AT_LAST - LEAST_RIGHT)[0] if length > CUT_AT_LAST else None


def cuts(samples: Samples) -> tuple[int, ...]:
    """Ends of the windows that long audio is decoded in, the last of them its length."""
    ends: list[int] = []
    start = 0
    while (at := cut(samples[start : start + CUT_AT_LAST + 1])) is not None:
        start += at
        ends.append(start)
    return (*ends, len(samples))


def is_quiet(samples: Samples, reference: Samples) -> bool:
    """Whether nothing was said in ``samples``: no 20 ms of it come within 25 dB of the loud parts of ``reference`` or,
    over a noise that is itself louder than that, rise from its quiet parts."""
    if not len(samples):
        return True
    known = loudness(reference)
    loud, floor = float(np.percentile(known, 90)), float(np.percentile(known, 10))
    limit = loud - _QUIET_DB if loud - floor > _QUIET_DB + 3.0 else floor + 3.0
    return float(loudness(samples).max()) < limit


def timed(words: Sequence[str], audio: AudioChunk, confidence: float) -> tuple[Word, ...]:
    """The words with estimated times on the stream clock: the voiced 20 ms frames, dealt out by length of word."""
    if not words:
        return ()
    if not len(audio.samples):
        return tuple(Word(word, audio.start, audio.start, confidence) for word in words)
    loud = np.flatnonzero(voiced(audio.samples))
    weights = np.array([len(word) + 1.0 for word in words])
    shares = np.concatenate(([0.0], np.cumsum(weights) / weights.sum()))
    places = _snapped(np.round(shares * len(loud)).astype(int), loud)
    starts = loud[np.minimum(places[:-1], len(loud) - 1)]
    ends = np.maximum(starts, loud[np.maximum(places[1:] - 1, 0)] + 1)
    return tuple(
        Word(word, audio.start + int(start) * STEP, min(audio.start + int(end) * STEP, audio.end), confidence)
        for word, start, end in zip(words, starts, ends, strict=True)
    )


def _snapped(places: NDArray[np.int_], loud: NDArray[np.int_]) -> NDArray[np.int_]:
    """Word boundaries, as indices into the voiced frames, moved by up to 0.16 s to the longest pause there."""
    gaps = np.diff(loud, prepend=loud[0])
    out = places.copy()
    for i in range(1, len(places) - 1):
        low, high = max(1, int(places[i]) - _SNAP), min(len(loud) - 1, int(places[i]) + _SNAP)
        if high > low and gaps[low : high + 1].max() >= _PAUSE_FRAMES:
            out[i] = low + int(np.argmax(gaps[low : high + 1]))
    return np.maximum.accumulate(out)
