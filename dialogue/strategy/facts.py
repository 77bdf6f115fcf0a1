"""What the rules over the model's distribution may look at, and what one rule says. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from warmline.dialogue.strategy.cues import Cues
from warmline.dialogue.types import RiskLevel, Strategy, SupportStage
from warmline.emotion.types import ParalinguisticTags

EARLY = 3
"""Supporter turns without any suggestion."""

HIGH = 3.5
"""Distress from which on (4-5 of 5) we reflect, affirm or ask one short question."""

MIDDLE = 2.5
"""Distress from which on (3 of 5) we offer perspective gently."""

TRUSTED = 0.35
"""Confidence of the tags below which the voice changes nothing."""


@dataclass(frozen=True, slots=True)
class Facts:
    """``index``: replies so far. ``used``: their strategies, oldest first; ``then``: their second moves, in the same
    order. ``consent``: the person asked for ideas or agreed to hear some. ``declined``: they said no to ideas of late.
    ``offered``: replies since we last asked whether ideas are wanted, None where never. ``short``: their turn before
    this one had hardly any words. ``worsening``: the voice has been getting heavier over turns, surely. ``usual``: how
    it differs from the person's own usual, in plain words."""

    index: int
    stage: SupportStage
    intensity: float
    cues: Cues
    tags: ParalinguisticTags
    risk: RiskLevel
    consent: bool
    used: tuple[Strategy, ...] = ()
    then: tuple[Strategy | None, ...] = ()
    declined: bool = False
    offered: int | None = None
    short: bool = False
    worsening: bool = False
    usual: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """Questions so far, as a first or a second move."""
        return self.used.count(Strategy.QUESTION) + self.then.count(Strategy.QUESTION)

    @property
    def just_asked(self) -> bool:
        """The last reply held a question."""
        return bool(self.used) and Strategy.QUESTION in (self.used[-1], *self.then[-1:])


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says: factors on strategies (0 forbids), and why; "" where it is too plain to be worth reading."""

    factors: Mapping[Strategy, float]
    why: str


Rule = Callable[[Facts], Ruling | None]
