"""The planner's prior where its models cannot read the words: what supporters do at this stage of a talk.

The shares are measured on ESConv's training dialogues (English; 6,943 supporter turns put into stages by
:mod:`warmline.dialogue.strategy.stage` from the words alone). Strategies come in turn, each as often as its share: what
is behind its share is likelier now, so none becomes a favourite. It knows nothing of what was said, so ideas and facts
come only where something is asked, and small talk only where a courtesy is heard: read replies showed why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from warmline.dialogue.strategy.cues import Cues
from warmline.dialogue.types import Strategy, SupportStage

SHARES: Final[Mapping[SupportStage, tuple[float, ...]]] = {
    SupportStage.EXPLORATION: (0.076, 0.072, 0.344, 0.139, 0.075, 0.109, 0.037, 0.148),
    SupportStage.COMFORTING: (0.115, 0.111, 0.119, 0.171, 0.208, 0.061, 0.069, 0.147),
    SupportStage.ACTION: (0.066, 0.095, 0.095, 0.172, 0.198, 0.030, 0.085, 0.258),
}
"""By stage, in the order of :class:`Strategy`."""

FLOOR: Final = 0.02
"""What is left to a strategy that has had more than its share."""


def mix(stage: SupportStage, past: Sequence[tuple[SupportStage, Strategy]], cues: Cues) -> Mapping[Strategy, float]:
    """Probability by strategy, summing to 1. ``past``: stage and strategy of every earlier reply. ``cues``: of the
    words that are answered."""
    due = {
        strategy: sum(SHARES[each][at] for each in (*(one for one, _ in past), stage))
        - sum(used is strategy for _, used in past)
        for at, strategy in enumerate(Strategy)
    }
    idle = set[Strategy]()
    if not (cues.question or cues.wants_advice):
        idle |= {Strategy.SUGGESTION, Strategy.INFORMATION}
    if not (cues.greeting or cues.farewell or cues.thanks):
        idle.add(Strategy.OTHER)
    weights = {strategy: FLOOR if strategy in idle else max(FLOOR, value) for strategy, value in due.items()}
    total = sum(weights.values())
    return {strategy: weight / total for strategy, weight in weights.items()}
