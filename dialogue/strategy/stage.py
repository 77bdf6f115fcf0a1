"""Where a conversation is: exploration, comforting, action (Hill's three stages as ESConv names them).

A pure step over turns. It moves forward by one at a time, back at once when distress rises, and from action back to
exploring when something new comes up or thinking of what to do has gone on for long: a call may hold several stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.dialogue.types import SupportStage

EXPLORE_TURNS = 3
"""Replies before the talk may leave exploration: suggestions are 2.4% of ESConv's first three supporter turns."""

COMFORT_TURNS = 2
"""Replies in comforting before action, unless the person asks for advice."""

EXPLORE_AGAIN = 2
"""Replies of exploration once the talk has been past it."""

ACT_TURNS, ACT_LEAST = 6, 2
"""Replies in action after which it is time to hear again where they are; and before which nothing new takes the talk
back."""

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
    past: Sequence[tuple[SupportStage, float]],
    intensity: float,
    *,
    cause_known: bool,
    wants_advice: bool,
    new_cause: bool = False,
) -> StageStep:
    """The stage of the coming reply.

    ``past``: stage and distress of every earlier reply, oldest first. ``intensity``: distress now. ``wants_advice``:
    the person asks for ideas, or has agreed to hear some. ``new_cause``: they name a reason not named before.
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
        least = EXPLORE_TURNS if since == len(past) else EXPLORE_AGAIN
        if since >= least and (cause_known or wants_advice or since >= least + 2):
            return StageStep(SupportStage.COMFORTING, "enough is understood to comfort")
    if stage is SupportStage.COMFORTING and intensity < HIGH and (wants_advice or since >= COMFORT_TURNS):
        return StageStep(SupportStage.ACTION, "calm enough to think about what may help")
    if stage is SupportStage.ACTION and not wants_advice:
        if new_cause and since >= ACT_LEAST:
            return StageStep(SupportStage.EXPLORATION, "something new comes up: explore it first")
        if since >= ACT_TURNS:
            return StageStep(SupportStage.EXPLORATION, "long in action: hear where they are now")
    return StageStep(stage, f"still {stage.value}")


def _run(past: Sequence[tuple[SupportStage, float]], stage: SupportStage) -> int:
    """How many of the latest replies were in this stage."""
    count = 0
    for earlier, _ in reversed(past):
        if earlier is not stage:
            break
        count += 1
    return count
