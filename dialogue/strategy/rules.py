"""Rules of care: what must not come now, what should come rather, each with its reason.

Every rule is a pure function of :class:`Facts`. The model only knows what supporters usually do; care lives here.
Sources: ESConv's stages and its measured share of early suggestions, motivational interviewing (reflections to
questions at least 1:1, ask before advising), KEMI (who leads), Kang 2024 (no favourite).
"""

from __future__ import annotations

from collections.abc import Mapping

from warmline.dialogue.strategy.facts import EARLY, HIGH, MIDDLE, TRUSTED, Facts, Rule, Ruling
from warmline.dialogue.strategy.voice import HEAVIER, TENSER
from warmline.dialogue.types import RiskLevel, Strategy, SupportStage

QUESTIONS_FREE = 2
"""Supporter turns in which one question may follow another."""

RECENT = 11
"""Replies over which no strategy may become a favourite."""

OFTEN = 3
"""Uses among them from which a strategy is held back; one more and it is out."""

LONG_TURN, SHORT_TURN = 35, 3
"""Words of a turn in which the person leads, and of one that leaves the lead to us."""

_R, _D, _Q, _A = Strategy.REFLECTION, Strategy.SELF_DISCLOSURE, Strategy.QUESTION, Strategy.AFFIRMATION
_S, _P, _I, _O = Strategy.SUGGESTION, Strategy.RESTATEMENT, Strategy.INFORMATION, Strategy.OTHER


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
    return Ruling({_O: 0.25}, "")


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
            {_S: 0.0, _I: 0.0, _D: 0.0, _O: 0.3, _R: 1.5, _A: 1.5, _P: 0.8, _Q: 0.6},
            "distress is high: reflect, affirm or one short question, no advice",
        )
    if facts.intensity >= MIDDLE:
        return Ruling({_S: 0.5 if not facts.consent else 1.0, _A: 1.2}, "distress is middling: gentle perspective")
    return Ruling({_S: 1.2, _I: 1.1}, "distress is slight: planning is possible") if facts.index >= EARLY else None


def stage(facts: Facts) -> Ruling | None:
    if facts.stage is SupportStage.EXPLORATION:
        return Ruling({_Q: 1.3, _P: 1.0, _R: 1.1, _S: 0.3, _I: 0.6, _D: 0.8}, "exploration: understand first")
    if facts.stage is SupportStage.COMFORTING:
        return Ruling({_A: 1.4, _Q: 1.3, _S: 0.5}, "comforting: let them feel understood")
    return Ruling({_S: 1.3, _I: 1.3, _Q: 1.0, _D: 0.9}, "action: think together about what may help")


def voice(facts: Facts) -> Ruling | None:
    if facts.tags.words_disagree:
        return Ruling(
            {_R: 2.2, _Q: 1.4, _S: 0.0, _I: 0.3, _O: 0.4}, "the voice says more than the words: make room for it"
        )
    if facts.tags.confidence < TRUSTED:
        return None
    if facts.tags.valence <= -0.25 and facts.tags.arousal >= 0.25:
        return Ruling({_R: 1.8, _A: 1.3, _Q: 0.7, _S: 0.4, _I: 0.5}, "the voice is tense: settle before anything else")
    if facts.tags.valence <= -0.25 and facts.tags.arousal <= -0.15:
        return Ruling({_A: 1.7, _R: 1.4, _Q: 0.7, _S: 0.5}, "the voice is spent: warmth, and little to answer")
    if facts.tags.valence >= 0.3:
        return Ruling({_A: 1.4, _S: 1.2, _R: 0.8}, "the voice is lighter: strengthen what helps")
    return None


def over_time(facts: Facts) -> Ruling | None:
    """The voice against what went before: over the turns of this call, and against the person's own usual."""
    if facts.worsening:
        return Ruling({_R: 1.5, _A: 1.2, _S: 0.3, _I: 0.5}, "the voice gets heavier from turn to turn: stay with it")
    if facts.tags.valence >= 0.3 or not set(facts.usual) & (HEAVIER | TENSER):
        return None
    said = " and ".join(facts.usual)
    if set(facts.usual) & TENSER:
        return Ruling({_R: 1.3, _Q: 0.8, _S: 0.6}, f"the voice is {said} than usual for them: slow down")
    return Ruling({_A: 1.2, _R: 1.2, _Q: 0.8, _S: 0.7}, f"the voice is {said} than usual for them: go gently")


def questions(facts: Facts) -> Ruling | None:
    """One question a turn, never one after the other, and at least as much taken in as asked."""
    if facts.index < QUESTIONS_FREE and facts.intensity < HIGH:
        return None
    if facts.just_asked:
        return Ruling({_Q: 0.0, _R: 1.2, _P: 1.1}, "a question was just asked: take in the answer first")
    taken = sum(facts.used.count(strategy) for strategy in (_R, _P))
    if facts.asked > taken:
        return Ruling({_Q: 0.5, _R: 1.4, _P: 1.2}, "more questions than reflections so far: reflect")
    return None


def variety(facts: Facts) -> Ruling | None:
    """No favourite: not three times running, and not too often of late."""
    if not facts.used:
        return None
    last = facts.used[-1]
    recent = facts.used[-RECENT:]
    factors = {one: 0.3 if count == OFTEN else 0.0 for one in set(recent) if (count := recent.count(one)) >= OFTEN}
    if len(facts.used) >= 2 and facts.used[-2] is last:
        factors[last] = 0.0
        return Ruling(factors, f"twice running {last.name.lower()}: something else now")
    if last is _S and last not in factors:
        return Ruling({**factors, _S: 0.35, _A: 1.5, _Q: 1.3, _R: 1.2}, "an idea was just offered: hear how it sits")
    if not factors:
        return None
    often = " and ".join(one.name.lower() for one in Strategy if one in factors)
    return Ruling(factors, f"{often} often of late: something else")


def lead(facts: Facts) -> Ruling | None:
    """Who leads: the person while they tell, we where they have run dry; and who asks is answered first."""
    if facts.cues.words >= LONG_TURN:
        return Ruling({_R: 1.2, _P: 1.4, _Q: 0.7, _S: 0.7}, "they lead, and tell much: follow")
    if facts.cues.question and not facts.cues.wants_advice and not facts.cues.greeting:
        return Ruling({_Q: 0.5, _I: 1.2, _D: 1.2}, "they asked something: answer before asking back")
    if facts.short and facts.cues.words <= SHORT_TURN and not (facts.cues.thanks or facts.cues.farewell):
        return Ruling({_Q: 1.7, _A: 1.2, _P: 0.5}, "few words twice: lead gently")
    return None


def permission(facts: Facts) -> Ruling | None:
    """What the person said about advice."""
    if facts.cues.refuses_advice:
        return Ruling({_S: 0.0, _I: 0.2, _R: 1.5, _A: 1.2}, "they want to be heard, not advised")
    if facts.declined and not facts.consent:
        return Ruling({_S: 0.0, _I: 0.4}, "they want no ideas for now")
    if facts.cues.wants_advice and facts.index < EARLY:
        return Ruling({_Q: 1.5, _P: 1.2}, "they ask for ideas, and too little is known: ask what they have tried")
    if facts.cues.wants_advice and facts.intensity < HIGH:
        return Ruling({_S: 2.5, _I: 1.8}, "they ask for ideas: offer one")
    if facts.consent and facts.intensity < HIGH and facts.index >= EARLY:
        return Ruling({_S: 1.6, _I: 1.3}, "they agreed to hear an idea")
    return None


RULES: tuple[Rule, ...] = (
    at_risk,
    courtesy,
    early,
    distress,
    stage,
    voice,
    over_time,
    questions,
    variety,
    lead,
    permission,
)


def apply(weights: Mapping[Strategy, float], facts: Facts) -> tuple[dict[Strategy, float], tuple[str, ...]]:
    """The weights under every rule, not normalised, and the reasons in order."""
    found = dict(weights)
    why: list[str] = []
    for rule in RULES:
        ruling = rule(facts)
        if ruling is None:
            continue
        for strategy, factor in ruling.factors.items():
            found[strategy] *= factor
        if ruling.why:
            why.append(ruling.why)
    return found, tuple(why)
