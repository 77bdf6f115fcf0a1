"""Tags in a few plain words for the language model's prompt: what a listener would note on the margin.

At most eight words (and two more for a change of mood), no number (a model might read it aloud), and no feeling under
doubt. Pitch and loudness are not called high or low: without the person's own usual they say little; where that usual
is known, ``usual`` says what differs from it, and those words come first. Knows nothing about prompts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from warmline.emotion.baseline import MEASURES
from warmline.emotion.mood import SURE, Mood
from warmline.emotion.types import ParalinguisticTags, Prosody

LIKELY = 0.6
"""From this confidence a label is "likely", below it "perhaps"."""

SLOW_SYLLABLES_S = 3.0
FAST_SYLLABLES_S = 6.3
FLAT_ST = 3.5
LIVELY_ST = 13.0
HALTING_SHARE = 0.3

_MOST_WORDS = 8

_FEELING = {
    "calm": "calm",
    "happy": "happy",
    "sad": "sad",
    "angry": "angry",
    "fearful": "afraid",
    "disgusted": "disgusted",
    "surprised": "surprised",
}
USUAL = frozenset(word for measure in MEASURES.values() for word in (measure.more, measure.less))
"""What may be said against a person's own usual."""

_PLAIN_OF = frozenset({"slow", "fast", "flat", "lively"})
_CHANGE = {"easing": "easing", "worsening": "getting worse"}
_HEARD = {"laugh": "laughing", "sob": "sobbing", "cry": "crying", "sigh": "sighing"}


def describe(tags: ParalinguisticTags, mood: Mood | None = None, usual: Sequence[str] = ()) -> str:
    """Such as "voice: low, slow; likely sad"; "" where nothing may be said.

    ``usual``: how the voice differs from the person's own usual, as :func:`~warmline.emotion.baseline.plain` says it.
    ``mood``: a change that goes on over turns is named where it is sure.
    """
    if tags.confidence <= 0.0:
        return ""
    parts = [", ".join(_manner(tags, usual)), _feeling(tags), "words disagree" if tags.words_disagree else ""]
    said = [part for part in parts if part]
    while said and len(" ".join(said).split()) > _MOST_WORDS - 1:
        said[0] = said[0].rpartition(", ")[0]
        said = [part for part in said if part]
    change = _CHANGE.get(mood.change, "") if mood is not None and mood.confidence >= SURE else ""
    if change:
        said.append(change)
    return f"voice: {'; '.join(said)}" if said else ""


def _manner(tags: ParalinguisticTags, usual: Sequence[str]) -> list[str]:
    told = [word for word in usual if word in USUAL][:2]
    compared = [f"{' and '.join(told)} than usual"] if told else []
    words = [_HEARD[event.kind] for event in tags.events if event.kind in _HEARD and event.confidence >= 0.5][:1]
    words += compared
    if tags.label is not None and abs(tags.arousal) >= 0.3:
        words.append("low" if tags.arousal < 0.0 else "tense" if tags.valence < 0.0 else "bright")
    movement = [word for word in _movement(tags.prosody) if not (told and word in _PLAIN_OF)]
    return words + movement


def _movement(prosody: Prosody | None) -> list[str]:
    if prosody is None:
        return []
    words = []
    if prosody.pause_share >= HALTING_SHARE:
        words.append("halting")
    elif _below(prosody.rate_syllables_s, SLOW_SYLLABLES_S):
        words.append("slow")
    elif _below(FAST_SYLLABLES_S, prosody.rate_syllables_s):
        words.append("fast")
    if _below(prosody.f0_range_st, FLAT_ST):
        words.append("flat")
    elif _below(LIVELY_ST, prosody.f0_range_st):
        words.append("lively")
    return words


def _feeling(tags: ParalinguisticTags) -> str:
    feeling = _FEELING.get(tags.label or "")
    if feeling is None:
        return ""
    return f"{'likely' if tags.confidence >= LIKELY else 'perhaps'} {feeling}"


def _below(value: float, bound: float) -> bool:
    """False for nan."""
    return not math.isnan(value) and not math.isnan(bound) and value < bound
