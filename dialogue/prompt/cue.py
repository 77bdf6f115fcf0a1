"""The plan of a turn as the few words that the language model is told: ``[reflect, sounds sad]``. Pure.

Every word here is read after the person has stopped speaking, so each token costs about 15 ms of silence.
"""

from __future__ import annotations

from warmline.dialogue.types import Plan, RiskLevel, Strategy
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

PROTOCOL = "[safety]"
"""Stands in history after words that the safety protocol answered."""

_SOUNDS = {
    "sad": "sounds sad",
    "angry": "sounds angry",
    "fearful": "sounds afraid",
    "happy": "sounds happy",
    "disgusted": "sounds upset",
    "surprised": "sounds shaken",
}


def cue(plan: Plan, tags: ParalinguisticTags) -> str:
    """The note after the person's words: the strategy, and how the voice sounded where the tagger is sure."""
    if plan.risk.level >= RiskLevel.L2:
        return PROTOCOL
    sound = "sounds not okay" if tags.words_disagree else _SOUNDS.get(tags.label or "", "")
    name = NAMES[plan.strategy]
    return f"[{name}, {sound}]" if sound else f"[{name}]"
