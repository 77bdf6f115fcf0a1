"""How each question about words is put to the encoder: which lines, in which order, with which marks.

One place for training, measuring and calls, so that the three cannot drift apart. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warmline.emotion.text.corpora import Said, Talk, previous
from warmline.emotion.text.tokens import Packed, Passage, Pieces, Room

SELF, OTHER = "self", "other"
CONTEXT = 4
"""Earlier lines read beside the one that is judged."""

SPOKEN = Room(first=48, rest=20, total=80)
COMMENT = Room(first=62, rest=0, total=64)
CAUSES = Room(first=40, rest=28, total=160)
FURTHEST = 7
"""Distances to a cause from here on count alike."""


def spoken(pieces: Pieces, talk: Talk, place: int) -> Packed:
    """The emotion of an utterance, with what was said before it and by whom."""
    said = talk[place]
    earlier = [Passage(line.text, _who(line, said)) for line in previous(talk, place, CONTEXT)]
    return pieces.pack([Passage(said.text), *earlier], SPOKEN)


def comment(pieces: Pieces, text: str) -> Packed:
    """The emotions of a text by itself."""
    return pieces.pack([Passage(text)], COMMENT)


def causes(pieces: Pieces, talk: Talk, place: int, emotion: str) -> Packed:
    """Which line carries the cause of ``emotion`` ("" where it is not known) at ``place``: one span for each line from
    ``place`` backwards, as far as there is room."""
    said = talk[place]
    earlier = [Passage(line.text, _who(line, said)) for line in previous(talk, place, place)]
    return pieces.pack([Passage(said.text, emotion or "emotion"), *earlier], CAUSES)


def cause_facts(talk: Talk, place: int, lines: int) -> NDArray[np.float32]:
    """float32[lines, FURTHEST + 3]: how far back each line is (one of FURTHEST + 1), the same speaker, a question."""
    facts = np.zeros((lines, FURTHEST + 3), np.float32)
    for back in range(lines):
        line = talk[place - back]
        facts[back, min(back, FURTHEST)] = 1.0
        facts[back, FURTHEST + 1] = float(line.speaker == talk[place].speaker)
        facts[back, FURTHEST + 2] = float("?" in line.text)
    return facts


def talk_of(lines: Sequence[tuple[bool, str]]) -> Talk:
    """Lines of a call, oldest first, as (by the person, text)."""
    return tuple(Said(SELF if own else OTHER, text, None) for own, text in lines)


def _who(line: Said, said: Said) -> str:
    return SELF if line.speaker == said.speaker else OTHER
