"""Where a conversation is: exploration, comforting, action (Hill's three stages as ESConv names them).

A pure step over turns. It moves forward by one at a time and back at once when distress rises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.dialogue.types import SupportStage

EXPLORE_TURNS = 3
"""Replies before the talk may leave exploration: suggestions are 2.4% of ESConv's first three supporter turns."""

COMFORT_TURNS = 2
"""Replies in comforting before action, unless the person asks for advice."""

HIGH = 3.5
"""Distress from which on nothing is planned or advised."""

RISE = 0.8
"""A rise of distress from one turn to the next that sends the talk back a stage."""


@dataclass(frozen=True, slots=True)
class StageStep:
    """The stage now, and why it is so."""

    stage: SupportStage
    why: str


def step(
    past: Sequence[tuple[SupportStage, float]], intensity: float, *, cause_known: bool, wants_advice: bool
) -> StageStep:
    """The stage of the coming reply.

    ``past``: stage and distress of every earlier reply, oldest first. ``intensity``: distress now. ``wants_advice``:
    the person asks for ideas, or has agreed to hear some.
    """
    if not past:
        return StageStep(SupportStage.EXPLORATION, "the talk has just begun")
    stage, before = past[-1]
    since = _run(past, stage)
    if intensity >= HIGH and stage is SupportStage.ACTION and not wants_advice:
        return StageStep(SupportStage.COMFORTING, "distress is high: back from action to comforting")
    if intensity - before >= RISE and stage is not SupportStage.EXPLORATION:
        back = SupportStage.COMFORTING if stage is SupportStage.ACTION else SupportStage.EXPLORATION
        return StageStep(back, "distress has risen: one stage back")
    if stage is SupportStage.EXPLORATION:
        enough = since >= EXPLORE_TURNS and (cause_known or since >= EXPLORE_TURNS + 2)
        if enough or (wants_advice and since >= EXPLORE_TURNS):
            return StageStep(SupportStage.COMFORTING, "enough is understood to comfort")
    if stage is SupportStage.COMFORTING and intensity < HIGH and (wants_advice or since >= COMFORT_TURNS):
        return StageStep(SupportStage.ACTION, "calm enough to think about what may help")
    return StageStep(stage, f"still {stage.value}")


def _run(past: Sequence[tuple[SupportStage, float]], stage: SupportStage) -> int:
    """How many of the latest replies were in this stage."""
    count = 0
    for earlier, _ in reversed(past):
        if earlier is not stage:
            break
        count += 1
    return count
