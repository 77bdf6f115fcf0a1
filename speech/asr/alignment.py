"""Words with measured times and confidences, out of the decoder's attention: for those who ask for them.

Pure: it reads what CTranslate2's ``align`` gave (dynamic time warping over the cross-attention of chosen heads). Costs
about a seventh of a decode. Times are of attention, not of sound: good to about 0.1 s.
Source: Radford et al. (2022) and openai/whisper's word timestamps; Lintoai, "whisper-timestamped" (2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from warmline.speech.types import AudioChunk, Word

STEP = 320
"""Samples in one encoder frame, the unit of the alignment: 20 ms."""


def groups(pieces: Sequence[str]) -> list[tuple[int, int]]:
    """Token ranges of words: a token that begins with the tokenizer's space mark (Ġ) begins a word."""
    starts = [i for i, piece in enumerate(pieces) if i == 0 or piece.startswith("Ġ")]
    return [(start, end) for start, end in zip(starts, [*starts[1:], len(pieces)], strict=False) if start < end]


def aligned(
    words: Sequence[str],
    spans: Sequence[tuple[int, int]],
    path: Sequence[tuple[int, int]],
    probabilities: Sequence[float],
    audio: AudioChunk,
) -> tuple[Word, ...] | None:
    """The words with times on the stream clock. ``spans``: their token ranges; ``path``: (token, encoder frame) pairs
    in order; ``probabilities``: of each token. None where these do not fit together."""
    if len(words) != len(spans) or len(probabilities) < (spans[-1][1] if spans else 0):
        return None
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for token, frame in path:
        first.setdefault(token, frame)
        last[token] = frame
    out: list[Word] = []
    for word, (begin, end) in zip(words, spans, strict=True):
        if begin not in first or end - 1 not in last:
            return None
        start = min(audio.start + first[begin] * STEP, audio.end)
        stop = min(audio.start + (last[end - 1] + 1) * STEP, audio.end)
        logs = [math.log(max(p, 1e-6)) for p in probabilities[begin:end]]
        out.append(Word(word, start, max(start, stop), math.exp(sum(logs) / len(logs))))
    return tuple(out)
