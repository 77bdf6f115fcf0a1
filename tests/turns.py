"""Past exchanges and plans for tests of the mind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from warmline.dialogue.types import NEUTRAL, Outcome, Plan, Risk, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags
from warmline.speech.types import AudioChunk, Utterance

UNSURE = ParalinguisticTags.unknown()
SAD = replace(UNSURE, label="sad", confidence=0.8)


def plan(strategy: Strategy = Strategy.REFLECTION, risk: Risk | None = None) -> Plan:
    even = {each: 1 / len(Strategy) for each in Strategy}
    return Plan(SupportStage.EXPLORATION, strategy, even, 3.0, "", NEUTRAL, ("a test",), risk or Risk())


def utterance(text: str, id: int = 1, language: str = "en") -> Utterance:
    return Utterance(id, text, (), AudioChunk(np.zeros(0, np.float32)), language)


def turn(
    id: int,
    said: str,
    heard: str,
    strategy: Strategy = Strategy.REFLECTION,
    tags: ParalinguisticTags = UNSURE,
    risk: Risk | None = None,
) -> Turn:
    return Turn(id, utterance(said, id), tags, plan(strategy, risk), heard, heard, Outcome.SPOKEN)
