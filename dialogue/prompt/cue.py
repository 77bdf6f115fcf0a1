"""The plan of a turn as the few words that the language model is told: ``[reflect, sad]``, ``[reflect+ask]``. Pure.

Every word here is read after the person has stopped speaking, so each token costs about 15 ms of silence.
"""

from __future__ import annotations

from warmline.dialogue.types import Plan, Purpose, RiskLevel, Strategy
from warmline.emotion.types import ParalinguisticTags

NAMES = {
    Strategy.REFLECTION: "reflect",
    Strategy.SELF_DISCLOSURE: "normalise",
    Strategy.QUESTION: "ask",
    Strategy.AFFIRMATION: "affirm",
    Strategy.SUGGESTION: "suggest",
    Strategy.RESTATEMENT: "restate",
    Strategy.INFORMATION: "inform",
    Strategy.OTHER: "chat",
}
"""The word for each strategy, as the system prompt explains it."""

_COURTESIES = {Purpose.GREET: "greet", Purpose.GOODBYE: "goodbye"}

PROTOCOL = "[safety]"
"""Stands in history after words that the safety protocol answered."""

_SOUNDS = {
    "sad": "sad",
    "angry": "angry",
    "fearful": "afraid",
    "happy": "happy",
    "disgusted": "upset",
    "surprised": "shaken",
}


def kind(plan: Plan) -> str:
    """What the reply is, as the tables of our own words name it: GREET, GOODBYE, OFFER, or the strategy's name."""
    return plan.strategy.name if plan.purpose is None else plan.purpose.name


def cue(plan: Plan, tags: ParalinguisticTags) -> str:
    """The note after the person's words: the strategy, a second move if there is one, and how the voice sounded where
    the tagger is sure."""
    if plan.risk.level >= RiskLevel.L2:
        return PROTOCOL
    sound = "hiding" if tags.words_disagree else _SOUNDS.get(tags.label or "", "")
    name = NAMES[plan.strategy] if plan.purpose is None else _COURTESIES.get(plan.purpose, NAMES[plan.strategy])
    if plan.then is not None:
        name += f"+{NAMES[plan.then]}"
    return f"[{name}, {sound}]" if sound else f"[{name}]"
