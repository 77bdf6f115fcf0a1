"""Tags in a few plain words for the language model's prompt: what a listener would note on the margin.

At most eight words, no number (a model might read it aloud), and no feeling under doubt. Pitch and loudness are not
called high or low: without the person's own usual they say little. Knows nothing about prompts.
"""

from __future__ import annotations

import math

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
_HEARD = {"laugh": "laughing", "sob": "sobbing", "cry": "crying", "sigh": "sighing"}


def describe(tags: ParalinguisticTags) -> str:
    """Such as "voice: low, slow; likely sad"; "" where nothing may be said."""
    if tags.confidence <= 0.0:
        return ""
    parts = [", ".join(_manner(tags)), _feeling(tags), "words disagree" if tags.words_disagree else ""]
    said = [part for part in parts if part]
    while said and len(" ".join(said).split()) > _MOST_WORDS - 1:
        said[0] = said[0].rpartition(", ")[0]
        said = [part for part in said if part]
    return f"voice: {'; '.join(said)}" if said else ""


def _manner(tags: ParalinguisticTags) -> list[str]:
    words = [_HEARD[event.kind] for event in tags.events if event.kind in _HEARD and event.confidence >= 0.5][:1]
    if tags.label is not None and abs(tags.arousal) >= 0.3:
        words.append("low" if tags.arousal < 0.0 else "tense" if tags.valence < 0.0 else "bright")
    return words + _movement(tags.prosody)


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
