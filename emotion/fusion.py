"""Voice and words joined: one valence, and a flag when they say opposite things. Pure.

The flag is for "I'm fine" in a voice that is not, and for a cheerful voice over dark words. Plain words in a sad voice
are no disagreement unless the voice is very clear: most sad things are said plainly. Thresholds are judgement, set on
the safe side (a false "you do not sound fine" hurts more than a missed one), not learned from calls.
"""

from __future__ import annotations

from dataclasses import replace

from warmline.emotion.circumplex import NEGATIVE, POSITIVE
from warmline.emotion.types import ParalinguisticTags
from warmline.emotion.words import Wording

CLEAR = 0.55
"""From this summed probability the voice is clearly negative (or positive)."""

LEAST = 0.4
"""Confidence below which the voice says too little to contradict anybody."""

VERY_CLEAR = 0.75
SIDE = 0.3
"""From this valence the words are on a side."""


def with_words(tags: ParalinguisticTags, wording: Wording) -> ParalinguisticTags:
    """The tags with the words' valence mixed in by confidence, and ``words_disagree`` set.

    Tags that claim nothing stay as they are: words alone are no tone of voice. When both disagree, the voice keeps
    its own valence, so that the one does not hide the other.
    """
    if tags.confidence <= 0.0:
        return tags
    if disagree(tags, wording):
        return replace(tags, words_disagree=True)
    weight = 0.5 * wording.confidence / (wording.confidence + tags.confidence)
    return replace(tags, valence=(1.0 - weight) * tags.valence + weight * wording.valence)


def disagree(tags: ParalinguisticTags, wording: Wording) -> bool:
    """Whether words and voice say opposite things; never under the tagger's doubt."""
    if tags.label is None or tags.confidence < LEAST:
        return False
    dark = sum(tags.labels.get(label, 0.0) for label in NEGATIVE)
    bright = sum(tags.labels.get(label, 0.0) for label in POSITIVE)
    if dark >= CLEAR and tags.label in NEGATIVE:
        if wording.waved_away or (wording.valence >= SIDE and wording.confidence >= 0.3):
            return True
        plain = wording.labels.get("neutral", 0.0) >= 0.6 and wording.confidence >= 0.3
        return dark >= VERY_CLEAR and plain
    return bright >= CLEAR and tags.label == "happy" and wording.valence <= -SIDE and wording.confidence >= 0.3
