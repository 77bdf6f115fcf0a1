"""What the encoder is trained on: samples of several tasks in one form. No torch here.

A task is ``single`` (one of K classes), ``multi`` (each of K by itself) or ``lines`` (each line of the sequence yes
or no, and each token inside or outside of the words that matter). Splits never part a dialogue (``group``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.text import inputs
from warmline.emotion.text.corpora import MELD, Comment, Talk
from warmline.emotion.text.tokens import Packed, Pieces
from warmline.emotion.words import EMOTIONS

SINGLE, MULTI, LINES = "single", "multi", "lines"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """``target``: float32[S, K] (S lines judged), or None where only a teacher knows. ``facts``: float32[S, F].
    ``inside``: float32[tokens] for ``lines`` tasks. ``group``: dialogue, for splits."""

    packed: Packed
    target: Floats | None
    facts: Floats
    group: str
    inside: Floats | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """``passes``: how often the samples are seen. ``batch``: samples a step."""

    name: str
    kind: str
    classes: int
    samples: tuple[Sample, ...]
    passes: float = 4.0
    batch: int = 64

    @property
    def facts(self) -> int:
        return int(self.samples[0].facts.shape[1])


NO_FACTS = np.zeros((1, 0), np.float32)


def one_hot(place: int, classes: int) -> Floats:
    row = np.zeros((1, classes), np.float32)
    row[0, place] = 1.0
    return row


def emotions_of_talks(pieces: Pieces, talks: Sequence[Talk], mark: str) -> list[Sample]:
    """Every utterance of ``talks``; those without an emotion of MELD's seven are for a teacher."""
    found = []
    for number, talk in enumerate(talks):
        for place, said in enumerate(talk):
            known = said.emotion in MELD
            target = one_hot(MELD.index(str(said.emotion)), len(MELD)) if known else None
            found.append(Sample(inputs.spoken(pieces, talk, place), target, NO_FACTS, f"{mark}{number}"))
    return found


def emotions_of_comments(pieces: Pieces, comments: Sequence[Comment], mark: str) -> list[Sample]:
    found = []
    for number, one in enumerate(comments):
        target = np.zeros((1, len(EMOTIONS)), np.float32)
        target[0, list(one.labels)] = 1.0
        packed = inputs.comment(pieces, one.text)
        found.append(Sample(packed, target if one.labels else None, NO_FACTS, f"{mark}{number}"))
    return found


def causes_of_talks(
    pieces: Pieces, talks: Sequence[Talk], mark: str, hidden: float = 0.0, seed: int = 0
) -> list[Sample]:
    """Every utterance with an emotion; with probability ``hidden`` the emotion is not told."""
    rng = np.random.default_rng(seed)
    found = []
    for number, talk in enumerate(talks):
        for place, said in enumerate(talk):
            if said.emotion in (None, "neutral"):
                continue
            told = "" if rng.random() < hidden else str(said.emotion)
            packed = inputs.causes(pieces, talk, place, told)
            lines = len(packed.spans)
            target = np.array([[float(place - back in said.causes)] for back in range(lines)], np.float32)
            facts = inputs.cause_facts(talk, place, lines)
            inside = _inside(pieces, talk, place, packed)
            found.append(Sample(packed, target, facts, f"{mark}{number}", inside))
    return found


def _inside(pieces: Pieces, talk: Talk, place: int, packed: Packed) -> Floats:
    """1 for each token of a cause span, found as a run of the same tokens within a line that carries a cause."""
    said = talk[place]
    inside = np.zeros(len(packed.ids), np.float32)
    spans = [pieces.ids(span) for span in said.cause_spans]
    for back, (start, end) in enumerate(packed.spans):
        if place - back not in said.causes:
            continue
        line = list(packed.ids[start:end])
        for span in spans:
            for at in range(len(line) - len(span) + 1):
                if span and line[at : at + len(span)] == span:
                    inside[start + at : start + at + len(span)] = 1.0
    return inside


def fold_of(group: str, folds: int) -> int:
    """The fold of a dialogue, the same on every machine."""
    from zlib import crc32

    return crc32(group.encode()) % folds
