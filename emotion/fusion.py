"""Voice and words joined: one distribution, one valence, and the chance that they say opposite things. Pure.

Joining is log-linear (a product of experts with learnt exponents; Genest and Zidek 1986), each side as far as its own
doubt lets it. The chance of disagreement is a logistic function of the nine joint masses of (voice dark, plain, bright)
and (words dark, plain, bright), fitted on readings of held-out speakers paired with sentences
(``emotion/training/fusion_fit.py``; measured by ``warmline eval disagreement``). It is meant for "I'm fine" in a voice
that is not, and for a cheerful voice over dark words; pairs in life are rarer and milder than those it was fitted on,
so the flag asks for more than an even chance, and is never raised under the tagger's own doubt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from warmline.emotion.circumplex import NEGATIVE, place
from warmline.emotion.types import LABELS, ParalinguisticTags
from warmline.emotion.words import Wording

VOICE_SAYS = 1.0
WORDS_SAY = 0.6
"""Exponents of the two experts at full confidence."""

LEAST = 0.4
"""Confidence below which the voice says too little to contradict anybody."""

FLAG = 0.65
"""From this chance of disagreement the flag is raised: a false "you do not sound fine" hurts more than a missed one."""

CLEAR = 0.5
VERY_CLEAR = 0.75
"""How dark a voice must be to contradict bright words, and plain ones: most sad things are said plainly."""

WAVED = 0.85
"""How bright words are that wave a question away."""

MASSES = ((-4.51, 2.5, 3.61), (0.63, -2.92, -0.06), (6.1, 0.68, -6.15))
"""Weight of each joint mass: rows voice dark, plain, bright; columns words dark, plain, bright."""

OFFSET = -0.18


@dataclass(frozen=True, slots=True)
class Sides:
    """How dark, plain and bright a reading is; sums to 1."""

    dark: float
    plain: float
    bright: float

    @property
    def shares(self) -> tuple[float, float, float]:
        return (self.dark, self.plain, self.bright)


def voice_sides(labels: Mapping[str, float]) -> Sides:
    """A calm voice is a plain one: corpora record calm as a second baseline."""
    dark = sum(labels.get(label, 0.0) for label in NEGATIVE)
    bright = labels.get("happy", 0.0)
    return Sides(dark, max(0.0, 1.0 - dark - bright), bright)


def word_sides(wording: Wording) -> Sides:
    """Words that wave a question away are bright whatever else they say."""
    dark = sum(wording.labels.get(label, 0.0) for label in NEGATIVE)
    bright = wording.labels.get("happy", 0.0) + wording.labels.get("calm", 0.0)
    if wording.waved_away:
        bright = max(bright, WAVED)
        dark = min(dark, 1.0 - bright)
    return Sides(dark, max(0.0, 1.0 - dark - bright), bright)


def disagreement(tags: ParalinguisticTags, wording: Wording) -> float:
    """The chance that voice and words say opposite things, in [0, 1]; 0 where either says nothing."""
    if tags.confidence <= 0.0 or (wording.confidence <= 0.0 and not wording.waved_away):
        return 0.0
    voice, words = voice_sides(tags.labels), word_sides(wording)
    score = OFFSET + sum(
        MASSES[row][column] * heard * said
        for row, heard in enumerate(voice.shares)
        for column, said in enumerate(words.shares)
    )
    return 1.0 / (1.0 + math.exp(-score))


def disagree(tags: ParalinguisticTags, wording: Wording) -> bool:
    """Whether words and voice say opposite things; never under the tagger's doubt."""
    if tags.label is None or tags.confidence < LEAST:
        return False
    voice, words = voice_sides(tags.labels), word_sides(wording)
    needed = CLEAR if words.bright >= words.plain else VERY_CLEAR
    hidden = voice.dark >= needed and words.dark < CLEAR and tags.label in NEGATIVE
    masked = voice.bright >= CLEAR and words.dark >= CLEAR and tags.label == "happy"
    return (hidden or masked) and disagreement(tags, wording) >= FLAG


def with_words(tags: ParalinguisticTags, wording: Wording) -> ParalinguisticTags:
    """The tags with the words joined in, ``disagreement`` measured and ``words_disagree`` set.

    Tags that claim nothing stay as they are: words alone are no tone of voice. When both disagree, the voice keeps its
    own reading, so that the one does not hide the other. The label stays the voice's; where the joint reading points
    elsewhere it is withdrawn.
    """
    if tags.confidence <= 0.0:
        return tags
    chance = disagreement(tags, wording)
    if disagree(tags, wording):
        return replace(tags, words_disagree=True, disagreement=chance)
    if wording.confidence <= 0.0:
        return replace(tags, disagreement=chance)
    joint = pooled(tags.labels, wording.labels, wording.confidence)
    share = 0.5 * wording.confidence / (wording.confidence + tags.confidence)
    before, after = place(tags.labels).valence, place(joint).valence
    moved = tags.valence + max(-share, min(share, after - before))
    bound = sorted((tags.valence, wording.valence))
    top = max(joint, key=lambda label: joint[label])
    return replace(
        tags,
        valence=min(max(moved, bound[0]), bound[1]),
        labels=MappingProxyType(joint),
        label=tags.label if tags.label is None or top == tags.label else None,
        disagreement=chance,
    )


def pooled(voice: Mapping[str, float], words: Mapping[str, float], confidence: float) -> dict[str, float]:
    """The normalised product of the two, the words' exponent scaled by their ``confidence``."""
    logs = np.array(
        [
            VOICE_SAYS * math.log(max(1e-4, voice.get(label, 0.0)))
            + WORDS_SAY * confidence * math.log(max(1e-2, words.get(label, 0.0)))
            for label in LABELS
        ]
    )
    odds = np.exp(logs - logs.max())
    return dict(zip(LABELS, (odds / odds.sum()).tolist(), strict=True))
