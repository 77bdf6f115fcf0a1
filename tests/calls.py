"""Past exchanges for tests of the mind: what was said, what was heard, and the plan between them."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Risk, Strategy, SupportStage, Turn
from warmline.emotion.types import LABELS, ParalinguisticTags, VocalEvent
from warmline.speech.types import AudioChunk, Utterance


def heard_as(
    valence: float, arousal: float, confidence: float = 0.7, *, disagree: bool = False, events: tuple[str, ...] = ()
) -> ParalinguisticTags:
    """Tags of a voice, with even labels."""
    even = MappingProxyType({label: 1.0 / len(LABELS) for label in LABELS})
    found = tuple(VocalEvent(kind, 0, 1, 0.9) for kind in events)
    return ParalinguisticTags(
        valence, arousal, 0.0, even, confidence, (0, 1), events=found, words_disagree=disagree, source="test"
    )


def plan_of(
    strategy: Strategy = Strategy.REFLECTION,
    *,
    stage: SupportStage = SupportStage.EXPLORATION,
    intensity: float = 2.0,
    risk: Risk | None = None,
    cause: str = "",
) -> Plan:
    even = MappingProxyType({one: 1.0 / len(Strategy) for one in Strategy})
    return Plan(stage, strategy, even, intensity, cause, NEUTRAL, (), risk or Risk())


def turn(number: int, said: str, heard: str, plan: Plan | None = None) -> Turn:
    """One exchange that was spoken to the end."""
    utterance = Utterance(number, said, (), AudioChunk(np.zeros(1, np.float32)))
    return Turn(number, utterance, ParalinguisticTags.unknown(), plan or plan_of(), heard, heard, Outcome.SPOKEN)
