"""From the model's distribution to a decision: the rules, the question whether ideas are welcome, the second move.

Pure. If the rules forbid everything, reflection is left: it never harms. Knows nothing about words or voices but what
:class:`Facts` holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.dialogue.strategy import rules
from warmline.dialogue.strategy.facts import EARLY, HIGH, Facts
from warmline.dialogue.types import Purpose, RiskLevel, Strategy, SupportStage

OFFER_EVERY = 8
"""Replies between two questions whether ideas are wanted."""

LIKELY = 0.06
"""Share of the distribution that a second move needs."""

_TAKING_IN = (Strategy.REFLECTION, Strategy.RESTATEMENT, Strategy.AFFIRMATION)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The distribution after all rules, their reasons in order, a second move, and what exactly the first is for."""

    distribution: Mapping[Strategy, float]
    why: tuple[str, ...] = field(default=())
    then: Strategy | None = None
    purpose: Purpose | None = None

    @property
    def best(self) -> Strategy:
        return max(self.distribution, key=lambda strategy: self.distribution[strategy])


def decide(prior: Mapping[Strategy, float], facts: Facts) -> Verdict:
    """The model's distribution under the rules."""
    weights, why = rules.apply(prior, facts)
    weights, offer = _asked_first(weights, facts)
    total = sum(weights.values())
    if total <= 0.0:
        weights = {strategy: 1.0 if strategy is Strategy.REFLECTION else 0.0 for strategy in Strategy}
        total = 1.0
    shares = {strategy: weight / total for strategy, weight in weights.items()}
    best = Verdict(shares).best
    if offer and best is Strategy.QUESTION:
        return Verdict(shares, (*why, "an idea may help: ask first whether it is welcome"), None, Purpose.OFFER)
    purpose = _courtesy(best, facts)
    then, reason = second(best, shares, facts)
    return Verdict(shares, (*why, reason) if reason else why, then, purpose)


def may_offer(facts: Facts) -> bool:
    """Whether now is a time to ask if ideas are wanted."""
    return (
        facts.index >= EARLY
        and not facts.consent
        and not facts.declined
        and not facts.cues.refuses_advice
        and facts.intensity < HIGH
        and facts.risk < RiskLevel.L1
        and (facts.offered is None or facts.offered >= OFFER_EVERY)
    )


def second(best: Strategy, shares: Mapping[Strategy, float], facts: Facts) -> tuple[Strategy | None, str]:
    """A second move after the first sentence, and why. Never two questions, nor one right after another; advice only
    with consent and below high distress; nothing more where one thing at a time is kinder."""
    if best not in _TAKING_IN or facts.intensity >= HIGH or facts.risk >= RiskLevel.L1:
        return None, ""
    if facts.cues.farewell or facts.tags.words_disagree:
        return None, ""
    if facts.consent and facts.index >= EARLY and not facts.cues.refuses_advice:
        lately = Strategy.SUGGESTION in (*facts.used[-2:], *facts.then[-2:])
        if facts.stage is SupportStage.ACTION and not lately and shares[Strategy.SUGGESTION] >= LIKELY:
            return Strategy.SUGGESTION, "ideas are welcome: then one small step"
    if facts.stage is SupportStage.ACTION or facts.just_asked or facts.cues.question:
        return None, ""
    taken = sum(facts.used.count(one) for one in _TAKING_IN)
    if facts.asked <= taken and shares[Strategy.QUESTION] >= LIKELY:
        return Strategy.QUESTION, f"{best.name.lower()} first, then one open question"
    return None, ""


def _asked_first(weights: dict[Strategy, float], facts: Facts) -> tuple[dict[Strategy, float], bool]:
    """No suggestion that nobody wished for: its weight goes to the question whether one is welcome, where that may be
    asked now."""
    if facts.consent:
        return weights, False
    wish = weights[Strategy.SUGGESTION]
    plain = weights | {Strategy.SUGGESTION: 0.0}
    if not may_offer(facts) or weights[Strategy.QUESTION] <= 0.0:
        return plain, False
    asking = weights[Strategy.QUESTION] + wish
    return plain | {Strategy.QUESTION: asking}, facts.stage is SupportStage.ACTION or wish > asking - wish


def _courtesy(best: Strategy, facts: Facts) -> Purpose | None:
    """What small talk is for. Thanks in the middle of a talk are no goodbye."""
    if best is not Strategy.OTHER:
        return None
    if facts.cues.farewell and facts.index > 0:
        return Purpose.GOODBYE
    return Purpose.GREET if facts.cues.greeting and facts.index < 2 else None
