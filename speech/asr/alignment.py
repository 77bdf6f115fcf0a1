"""Which audio each token was heard in, out of the decoder's attention: word times, and holes that no word covers.

Pure: it reads what CTranslate2's ``align`` gave (dynamic time warping over the cross-attention of chosen heads). Times
are of attention, not of sound: good to about 0.1 s, and the silence before a word often counts as the word's.
Source: Radford et al. (2022) and openai/whisper's word timestamps; Louradour, "whisper-timestamped" (2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.speech.types import AudioChunk, Word

STEP = 320
"""Samples in one encoder frame, the unit of the alignment: 20 ms."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """``starts``: the encoder frame where each token begins, one more for the end of the audio; ``probabilities``: of
    each token, given those before it."""

    starts: tuple[int, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """Voice from sample ``start`` to ``end`` that only the token ``token`` covers: the decoder went on too early."""

    token: int
    start: int
    end: int


def alignment(path: Sequence[tuple[int, int]], probabilities: Sequence[float], frames: int) -> Alignment:
    """From (token, encoder frame) pairs in order; a token that has none begins with the next one."""
    count = len(probabilities)
    first = [frames] * (count + 1)
    for token, frame in reversed(path):
        if token < count:
            first[token] = min(frame, frames)
    for token in range(count - 1, -1, -1):
        first[token] = min(first[token], first[token + 1])
    return Alignment(tuple(first), tuple(probabilities))


def hole(found: Alignment, voiced: NDArray[np.bool_], longest: int) -> Hole | None:
    """The first token that covers ``longest`` voiced frames or more. ``voiced``: bool[T], a frame each 20 ms."""
    heard = np.concatenate(([0], np.cumsum(voiced)))
    last = len(voiced)
    for token in range(len(found.probabilities)):
        start, end = min(found.starts[token], last), min(found.starts[token + 1], last)
        if heard[end] - heard[start] >= longest:
            return Hole(token, start * STEP, end * STEP)
    return None


def groups(pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Token ranges of words: a token that begins with the tokenizer's space mark (Ġ) begins a word."""
    starts = [i for i, piece in enumerate(pieces) if i == 0 or piece.startswith("Ġ")]
    return [(start, end) for start, end in zip(starts, [*starts[1:], len(pieces)], strict=False) if start < end]


def aligned(
    words: Sequence[str], spans: Sequence[tuple[int, int]], found: Alignment, audio: AudioChunk
) -> tuple[Word, ...] | None:
    """The words with times on the stream clock and confidences; ``spans``: their token ranges. None where the words
    and the tokens do not fit together."""
    if len(words) != len(spans) or (spans and spans[-1][1] > len(found.probabilities)):
        return None
    out: list[Word] = []
    for word, (begin, end) in zip(words, spans, strict=True):
        start = min(audio.start + found.starts[begin] * STEP, audio.end)
        stop = min(audio.start + found.starts[end] * STEP, audio.end)
        logs = [math.log(max(p, 1e-6)) for p in found.probabilities[begin:end]]
        out.append(Word(word, start, max(start, stop), math.exp(sum(logs) / len(logs))))
    return tuple(out)
