"""A labelled set for the disagreement flag: voices of a corpus paired with sentences whose side is known.

The sentences (``disagreement.tsv``: side, text) are ours. A pair disagrees where a sad or angry voice meets plain or
bright words, or a happy voice dark ones; it agrees where both are on one side. Other pairs (a plain voice over dark
words: most sad things are said plainly) are left out, because people do not agree on them.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.training.corpora import Clip

SIDES = ("negative", "neutral", "positive")
_VOICE = {"sad": "negative", "angry": "negative", "happy": "positive", "neutral": "neutral", "calm": "neutral"}


@dataclass(frozen=True, slots=True)
class Sentence:
    side: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """``clip`` and ``sentence``: places in what :func:`pairs` was given."""

    clip: int
    sentence: int
    disagrees: bool


def sentences() -> tuple[Sentence, ...]:
    """Ours, twenty a side."""
    lines = resources.files("warmline.emotion.training").joinpath("disagreement.tsv").read_text(encoding="utf-8")
    return tuple(Sentence(side, text) for side, text in csv.reader(lines.splitlines(), delimiter="\t"))


def pairs(clips: Sequence[Clip], said: Sequence[Sentence], count: int, seed: int) -> list[Pair]:
    """Up to ``count`` pairs, half of them disagreeing, clips and sentences drawn evenly; the same for one seed."""
    rng = np.random.default_rng(seed)
    drawn: dict[bool, list[Pair]] = {True: [], False: []}
    for clip in rng.permutation(len(clips)).tolist():
        voice = _VOICE.get(clips[clip].label)
        if voice is None:
            continue
        for sentence in rng.permutation(len(said)).tolist():
            verdict = disagrees(voice, said[sentence].side)
            if verdict is not None and len(drawn[verdict]) <= len(drawn[not verdict]):
                drawn[verdict].append(Pair(clip, sentence, verdict))
                break
    half = count // 2
    return [*drawn[True][:half], *drawn[False][:half]]


def disagrees(voice: str, words: str) -> bool | None:
    """None for pairs that people do not agree on."""
    if voice == "negative":
        return words != "negative"
    if voice == "positive":
        return None if words == "neutral" else words == "negative"
    return False if words == "neutral" else None


def auc(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Chance that a disagreeing pair scores above an agreeing one; ties count half; nan where one kind is missing."""
    high, low = scores[truth], np.sort(scores[~truth])
    if not len(high) or not len(low):
        return float("nan")
    below = np.searchsorted(low, high, "left")
    level = np.searchsorted(low, high, "right") - below
    return float(np.mean((below + 0.5 * level) / len(low)))
