"""Rules over the model's distribution: what must not come now, what should come rather, each with its reason.

Every rule is a pure function of :class:`Facts` that gives factors on strategies (0 forbids) and one short reason.
The rules are where care lives; the model only knows what supporters usually do. Sources: ESConv's stages and its
measured share of early suggestions, motivational interviewing (reflections to questions at least 1:1), Kang 2024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from warmline.dialogue.strategy.cues import Cues
from warmline.dialogue.types import RiskLevel, Strategy, SupportStage
from warmline.emotion.types import ParalinguisticTags

EARLY = 3
"""Supporter turns without any suggestion."""

HIGH = 3.5
"""Distress from which on (4-5 of 5) we reflect, affirm or ask one short question."""

MIDDLE = 2.5
"""Distress from which on (3 of 5) we offer perspective gently."""

QUESTIONS_FREE = 2
"""Supporter turns in which one question may follow another."""

TRUSTED = 0.35
"""Confidence of the tags below which the voice changes nothing."""

_R, _D, _Q, _A = Strategy.REFLECTION, Strategy.SELF_DISCLOSURE, Strategy.QUESTION, Strategy.AFFIRMATION
_S, _P, _I, _O = Strategy.SUGGESTION, Strategy.RESTATEMENT, Strategy.INFORMATION, Strategy.OTHER
_ADVICE = (_S, _I)
_LISTENING = (_R, _P, _A)


@dataclass(frozen=True, slots=True)
class Facts:
    """All the rules may look at. ``used``: strategies of earlier replies, oldest first. ``consent``: the person asked
    for ideas or agreed to hear some. ``wants``: they ask in these very words."""

    index: int
    stage: SupportStage
    intensity: float
    cues: Cues
    tags: ParalinguisticTags
    risk: RiskLevel
    consent: bool
    used: tuple[Strategy, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says: factors on strategies, and why."""

    factors: Mapping[Strategy, float]
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The distribution after all rules, and their reasons in order."""

    distribution: Mapping[Strategy, float]
    why: tuple[str, ...] = field(default=())

    @property
    def best(self) -> Strategy:
        return max(self.distribution, key=lambda strategy: self.distribution[strategy])


Rule = Callable[[Facts], Ruling | None]


def at_risk(facts: Facts) -> Ruling | None:
    if facts.risk < RiskLevel.L1:
        return None
    return Ruling(
        {_S: 0.0, _I: 0.0, _D: 0.0, _O: 0.0, _R: 2.0, _Q: 1.5, _A: 1.2},
        "a sign of risk: stay close, no advice, ask openly",
    )


def courtesy(facts: Facts) -> Ruling | None:
    if facts.risk >= RiskLevel.L1:
        return None
    if facts.cues.farewell and facts.index > 0:
        return Ruling({_O: 12.0, _Q: 0.2, _S: 0.3}, "they are saying goodbye: close warmly")
    if facts.cues.greeting and facts.index < 2:
        return Ruling({_O: 30.0, _S: 0.0, _I: 0.0, _A: 0.2, _D: 0.0}, "a greeting: greet and open the door")
    if facts.cues.thanks and facts.cues.words <= 8:
        return Ruling({_O: 2.0, _A: 1.5}, "short thanks: take it kindly")
    return Ruling({_O: 0.25}, "there is something to answer: no small talk")


def early(facts: Facts) -> Ruling | None:
    if facts.index >= EARLY:
        return None
    return Ruling(
        {_S: 0.0, _I: 0.3, _D: 0.3}, f"reply {facts.index + 1} of the talk: no suggestion in the first {EARLY}"
    )


def distress(facts: Facts) -> Ruling | None:
    if facts.intensity >= HIGH:
        if facts.consent:
            return Ruling(
                {_S: 0.5, _D: 0.2, _R: 1.5, _A: 1.3}, "distress is high, ideas were asked for: one small step at most"
            )
        return Ruling(
            {_S: 0.0, _I: 0.0, _D: 0.0, _O: 0.3, _R: 1.8, _A: 1.5, _P: 0.7},
            "distress is high: reflect, affirm or one short question, no advice",
        )
    if facts.intensity >= MIDDLE:
        return Ruling({_S: 0.5 if not facts.consent else 1.0, _A: 1.2}, "distress is middling: gentle perspective")
    return Ruling({_S: 1.2, _I: 1.1}, "distress is slight: planning is possible") if facts.index >= EARLY else None


def stage(facts: Facts) -> Ruling | None:
    if facts.stage is SupportStage.EXPLORATION:
        return Ruling({_Q: 1.2, _P: 1.2, _R: 1.2, _S: 0.3, _I: 0.6}, "exploration: understand first")
    if facts.stage is SupportStage.COMFORTING:
        return Ruling({_R: 1.3, _A: 1.3, _D: 1.1, _S: 0.5}, "comforting: let them feel understood")
    return Ruling({_S: 1.3, _I: 1.3, _Q: 0.8}, "action: think together about what may help")


def voice(facts: Facts) -> Ruling | None:
    if facts.tags.confidence < TRUSTED and not facts.tags.words_disagree:
        return None
    if facts.tags.words_disagree:
        return Ruling(
            {_R: 2.2, _Q: 1.4, _S: 0.0, _I: 0.3, _O: 0.4}, "the voice says more than the words: make room for it"
        )
    if facts.tags.valence <= -0.25 and facts.tags.arousal >= 0.25:
        return Ruling({_R: 1.8, _A: 1.3, _Q: 0.7, _S: 0.4, _I: 0.5}, "the voice is tense: settle before anything else")
    if facts.tags.valence <= -0.25 and facts.tags.arousal <= -0.15:
        return Ruling({_A: 1.7, _R: 1.4, _Q: 0.7, _S: 0.5}, "the voice is spent: warmth, and little to answer")
    if facts.tags.valence >= 0.3:
        return Ruling({_A: 1.4, _S: 1.2, _R: 0.8}, "the voice is lighter: strengthen what helps")
    return None


def balance(facts: Facts) -> Ruling | None:
    if not facts.used:
        return None
    last = facts.used[-1]
    if len(facts.used) >= 2 and facts.used[-2] is last:
        return Ruling({last: 0.0}, f"twice running {last.name.lower()}: something else now")
    if facts.index >= QUESTIONS_FREE and last is _Q:
        return Ruling({_Q: 0.0, _R: 1.4, _P: 1.1}, "a question was just asked: take in the answer first")
    if last is _S:
        return Ruling({_S: 0.35, _A: 1.5, _Q: 1.3, _R: 1.2}, "an idea was just offered: hear how it sits with them")
    asked = facts.used.count(_Q)
    taken = sum(facts.used.count(strategy) for strategy in (_R, _P))
    if facts.index >= QUESTIONS_FREE and asked > taken:
        return Ruling({_Q: 0.4, _R: 1.6, _P: 1.3}, "more questions than reflections so far: reflect")
    return None


def asked_of_us(facts: Facts) -> Ruling | None:
    if facts.cues.refuses_advice:
        return Ruling({_S: 0.0, _I: 0.2, _R: 1.5, _A: 1.2}, "they want to be heard, not advised")
    if facts.cues.wants_advice and facts.index < EARLY:
        return Ruling({_Q: 1.5, _P: 1.2}, "they ask for ideas, and too little is known: ask what they have tried")
    if facts.cues.wants_advice and facts.intensity < HIGH:
        return Ruling({_S: 2.5, _I: 1.8}, "they ask for ideas: offer one")
    if facts.consent and facts.intensity < HIGH and facts.index >= EARLY:
        return Ruling({_S: 1.6, _I: 1.3}, "they agreed to hear an idea")
    return None


RULES: tuple[Rule, ...] = (at_risk, courtesy, early, distress, stage, voice, balance, asked_of_us)

_SILENT = frozenset({"there is something to answer: no small talk"})
"""Reasons too plain to be worth reading at every turn."""


def decide(prior: Mapping[Strategy, float], facts: Facts) -> Verdict:
    """The model's distribution under the rules. If they forbid everything, reflection is left: it never harms."""
    weights = dict(prior)
    why: list[str] = []
    for rule in RULES:
        ruling = rule(facts)
        if ruling is None:
            continue
        for strategy, factor in ruling.factors.items():
            weights[strategy] *= factor
        if ruling.why not in _SILENT:
            why.append(ruling.why)
    total = sum(weights.values())
    if total <= 0.0:
        weights = {strategy: 1.0 if strategy is _R else 0.0 for strategy in Strategy}
        total = 1.0
    return Verdict({strategy: weight / total for strategy, weight in weights.items()}, tuple(why))
