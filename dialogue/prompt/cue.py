"""The plan of a turn as the few words that the language model is told: ``[reflect, sad]``. Pure.

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

_COURTESIES = {"GREET": "greet", "GOODBYE": "goodbye"}

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
    """What the reply is: the strategy's name, or for small talk GREET or GOODBYE where the planner said so."""
    if plan.strategy is Strategy.OTHER:
        why = " ".join(plan.why)
        if "greeting" in why:
            return "GREET"
        if "goodbye" in why or "thanks" in why:
            return "GOODBYE"
    return plan.strategy.name


def cue(plan: Plan, tags: ParalinguisticTags) -> str:
    """The note after the person's words: the strategy, and how the voice sounded where the tagger is sure."""
    if plan.risk.level >= RiskLevel.L2:
        return PROTOCOL
    sound = "hiding" if tags.words_disagree else _SOUNDS.get(tags.label or "", "")
    name = _COURTESIES.get(kind(plan), NAMES[plan.strategy])
    return f"[{name}, {sound}]" if sound else f"[{name}]"
