"""How much silence a turn needs before it is taken to have ended: pure, and never shorter for halting speech.

Two opinions, the sound's and the words', make one probability that the person is done; it sets the base wait. Words
that cannot end a sentence, a habit of long pauses, and everything heard about *how* the person speaks can only
lengthen it. The waits were tuned on the scenes of ``warmline eval turns``, not learnt from calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from warmline.speech.turn import completeness
from warmline.speech.turn.head import logit, sigmoid
from warmline.speech.types import samples_of

BASE_S: Final = ((0.0, 2.6), (0.1, 1.9), (0.3, 1.0), (0.5, 0.7), (0.7, 0.62), (0.85, 0.58), (0.95, 0.55), (1.0, 0.5))
"""Wait in seconds by the probability that the turn has ended, linear between points."""

SCORE: Final = 1.0
WORDS: Final = 0.5
STORY: Final = -0.4
WHOLE: Final = 0.4
BIAS: Final = 0.0
"""How the sound's log-odds, the words' and what the words are about add up to the log-odds of an end."""

WHOLE_WORDS: Final = 10
"""Of fewer words than this the sound has the last say: short sentences are often only the first of several."""

UNFINISHED_S: Final = 2.2
"""At least this long after words that cannot end a sentence."""

STORY_S: Final = 1.2
"""At least this long after words that only say that something happened: how it ends for them mostly follows."""

LONGEST_S: Final = 3.5

UNSURE: Final = (0.35, 0.7)
"""Below the first probability a person's habit counts in full, above the second not at all."""

HABIT_S: Final = 1.5
"""Longer pauses than this are no habit that we wait for at every doubt."""

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

    ``longest_pause_s`` and ``pauses``: inner pauses of this turn so far. ``habit_pause_s``: a long inner pause of this
    person's earlier turns in the call, 0 when unknown. ``arousal`` in [-1, 1] and ``distress`` 1-5 as last heard (0
    and 1 when unknown). ``rate_syllables_s``: 0 when unknown. ``asked_open``: our last words were an open question.
    ``sobs``: sobs or sighs heard in this turn. ``cut_before``: how often this person went on speaking just after we
    began a reply in this call.
    """

    longest_pause_s: float = 0.0
    pauses: int = 0
    arousal: float = 0.0
    distress: float = 1.0
    rate_syllables_s: float = 0.0
    asked_open: bool = False
    sobs: int = 0
    cut_before: int = 0
    habit_pause_s: float = 0.0


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


def ended(score: float, text: str) -> float:
    """Probability in [0, 1] that the turn has ended, by the sound's ``score`` in [0, 1] and the words so far."""
    odds = SCORE * logit(score) + WORDS * completeness.shipped().logit(text) + BIAS
    return sigmoid(odds + STORY * opens_a_story(text) + WHOLE * is_whole(text))


def wait(score: float, text: str, manner: Manner) -> int:
    """Samples of silence to wait, given the end-of-turn ``score`` in [0, 1] and the words so far."""
    probability = ended(score, text)
    base_s = _interpolate(probability)
    if trails_off(text):
        base_s = max(base_s, UNFINISHED_S)
    elif opens_a_story(text):
        base_s = max(base_s, STORY_S)
    # Somebody who paused for a second may do so again: wait past the habit, unless the turn is clearly over.
    sure, surer = UNSURE
    doubt = min(1.0, max(0.0, (surer - probability) / (surer - sure)))
    habit_s = 1.15 * min(HABIT_S, max(manner.longest_pause_s, manner.habit_pause_s)) * doubt
    return samples_of(min(max(base_s * _stretch(manner), habit_s), LONGEST_S))


def _stretch(manner: Manner) -> float:
    """A factor from 1 up: halting, tearful, low or slow speech, a question that asks for more, a person we cut off."""
    stretch = 1.0
    stretch += 0.08 * min(manner.pauses, 3)
    stretch += 0.25 * min(manner.sobs, 2)
    stretch += 0.25 * min(1.0, max(0.0, (-manner.arousal - 0.2) / 0.4, (manner.distress - 3.0) / 1.5))
    if manner.rate_syllables_s > 0.0:
        stretch += 0.2 * min(1.0, max(0.0, (3.0 - manner.rate_syllables_s) / 1.0))
    stretch += 0.1 * manner.asked_open
    stretch += 0.2 * min(manner.cut_before, 3)
    return stretch


def _interpolate(probability: float) -> float:
    places, waits = zip(*BASE_S, strict=True)
    return float(np.interp(probability, places, waits))
