"""How much silence a turn needs before it is taken to have ended: pure, and never shorter for halting speech.

The end-of-turn score sets the base wait; everything heard about *how* the person speaks can only lengthen it.
Weights are judgement, tuned on made-up pauses (``warmline bench latency``), not learned from calls.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from warmline.speech.types import samples_of

_BASE_S = ((0.0, 1.3), (0.2, 1.25), (0.5, 1.05), (0.75, 0.9), (0.9, 0.78), (1.0, 0.72))
"""Wait in seconds by end-of-turn score, linear between points. The score is doubtful on both sides: clauses in the
middle of a turn can sound finished, and finished turns can sound open, so the range is narrower than the score's."""

STORY_S = 1.25
"""At least this long after words that only begin to tell what happened."""

WHOLE_S = 1.0
"""At most this long after words that are whole and say what it is like, however open they sounded."""

WHOLE_WORDS = 10
"""Of fewer words than this the sound has the last say: short sentences are often only the first of several."""

UNFINISHED_S = 2.2
"""At least this long after words that cannot end a sentence."""

LONGEST_S = 3.5

_UNFINISHED = re.compile(
    r"(?:^|[\s,])(?:and|but|because|or|if|when|which|the|a|an|my|to|of|with|for|just|cause|'cause|i|i'm|i've|he|she|"
    r"they|we|it's|um+|uh+|erm?|you know|i mean)[\s,.…-]*$",
    re.IGNORECASE,
)
_PERHAPS_UNFINISHED = re.compile(r"(?:^|[\s,])(?:so|that|then|well|on|in|at|like)[\s,…-]*$", re.IGNORECASE)
"""Words that may end a sentence too: they count only where the recogniser heard no end ("it went well.")."""

_WEIGHED = re.compile(
    r"\b(?:so|too|really|just|still|even|can't|cannot|couldn't|don't|won't|never|not|nothing|nobody|no one|any ?more|"
    r"feel\w*|felt|afraid|scared|worr\w+|sad|angry|tired|alone|lonely|hurt\w*|hate\w*|love\w*|miss\w*|hard|ashamed|"
    r"guilt\w*|anxi\w+|stress\w*|overwhelm\w*|help\w*|sure|fine|okay|ok|well|happy|glad|good|great|better|bad|worse|"
    r"wrong|fail\w*|hope\w*|think\w*|want\w*|need\w*|hello|hi|yes|yeah|thanks?|bye)\b",
    re.IGNORECASE,
)
_STORY_WORDS = range(4, 15)


@dataclass(frozen=True, slots=True)
class Manner:
    """What is known about how this turn is being spoken.

    ``longest_pause_s`` and ``pauses``: inner pauses of this turn so far. ``arousal`` in [-1, 1] and ``distress``
    1-5 as last heard (0 and 1 when unknown). ``rate_syllables_s``: 0 when unknown. ``asked_open``: our last words
    were an open question. ``sobs``: sobs or sighs heard in this turn. ``cut_before``: how often this person went on
    speaking just after we began a reply in this call.
    """

    longest_pause_s: float = 0.0
    pauses: int = 0
    arousal: float = 0.0
    distress: float = 1.0
    rate_syllables_s: float = 0.0
    asked_open: bool = False
    sobs: int = 0
    cut_before: int = 0


def trails_off(text: str) -> bool:
    """Do the words so far break off where a sentence cannot end: a conjunction, an article, a filler, an ellipsis?"""
    if text.rstrip().endswith(("...", "…", "-", ",")):
        return True
    return _UNFINISHED.search(text) is not None or _PERHAPS_UNFINISHED.search(text) is not None


def opens_a_story(text: str) -> bool:
    """Do the words only say that something happened, without yet saying what it is like? People who begin so mostly
    go on: "I had a fight with my sister last night" (and?)."""
    return (
        len(text.split()) in _STORY_WORDS
        and not text.rstrip().endswith(("?", "!"))
        and _WEIGHED.search(text.replace("’", "'")) is None
    )


def is_whole(text: str) -> bool:
    """Have they said their piece: sentences, by the recogniser's own punctuation, that weigh something?"""
    plain = text.replace("’", "'").rstrip()
    ended = plain.endswith((".", "?", "!")) and not trails_off(plain)
    return ended and len(plain.split()) >= WHOLE_WORDS and _WEIGHED.search(plain) is not None


def wait(score: float, text: str, manner: Manner) -> int:
    """Samples of silence to wait, given the end-of-turn ``score`` in [0, 1] and the words so far."""
    base_s = _interpolate(score)
    if is_whole(text):
        base_s = min(base_s, WHOLE_S)
    if opens_a_story(text):
        base_s = max(base_s, STORY_S)
    if trails_off(text):
        base_s = max(base_s, UNFINISHED_S)
    stretch = 1.0
    if manner.pauses >= 2 or manner.sobs:
        stretch += 0.25
    if manner.arousal < -0.4 or manner.distress >= 4.0:
        stretch += 0.25
    if 0.0 < manner.rate_syllables_s < 2.5:
        stretch += 0.2
    if manner.asked_open:
        stretch += 0.1
    stretch += 0.2 * min(manner.cut_before, 3)
    # Somebody who paused for a second may do so again: wait past the habit, unless the turn is clearly over.
    habit_s = 1.15 * manner.longest_pause_s if score < 0.85 else 0.0
    return samples_of(min(max(base_s * stretch, habit_s), LONGEST_S))


def _interpolate(score: float) -> float:
    for (low, low_s), (high, high_s) in itertools.pairwise(_BASE_S):
        if score <= high:
            return low_s + (high_s - low_s) * max(0.0, (score - low)) / (high - low)
    return _BASE_S[-1][1]
