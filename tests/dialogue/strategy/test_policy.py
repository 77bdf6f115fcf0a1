"""Rules, consent, second moves, and the long talk: what may come, what must not, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calls import heard_as, plan_of, turn
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.strategy.consent import consent
from warmline.dialogue.strategy.cues import cues
from warmline.dialogue.strategy.facts import Facts
from warmline.dialogue.strategy.policy import OFFER_EVERY, decide
from warmline.dialogue.strategy.rules import RULES, variety
from warmline.dialogue.types import Purpose, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags

S = Strategy
EVEN = {strategy: 1 / len(Strategy) for strategy in Strategy}
LISTENED = (S.REFLECTION, S.AFFIRMATION, S.RESTATEMENT, S.REFLECTION, S.AFFIRMATION)


def facts(text: str = "it was a long week at work", **known: object) -> Facts:
    plain = Facts(
        index=5,
        stage=SupportStage.ACTION,
        intensity=2.0,
        cues=cues(text),
        tags=ParalinguisticTags.unknown(),
        risk=RiskLevel.L0,
        consent=False,
        used=LISTENED,
        then=(None,) * len(LISTENED),
    )
    return replace(plain, **known)  # type: ignore[arg-type]


def toward(*favoured: Strategy) -> dict[Strategy, float]:
    return {strategy: 10.0 if strategy in favoured else 1.0 for strategy in Strategy}


any_facts = st.builds(
    Facts,
    index=st.integers(0, 40),
    stage=st.sampled_from(SupportStage),
    intensity=st.floats(1.0, 5.0),
    cues=st.sampled_from(
        ["hi", "bye, thank you", "what should I do?", "I just want to be heard", "no", "my " * 50]
    ).map(cues),
    tags=st.builds(heard_as, st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), disagree=st.booleans()),
    risk=st.sampled_from((RiskLevel.L0, RiskLevel.L1)),
    consent=st.booleans(),
    used=st.lists(st.sampled_from(Strategy), max_size=20).map(tuple),
    then=st.just(()),
    declined=st.booleans(),
    offered=st.none() | st.integers(1, 20),
    short=st.booleans(),
    worsening=st.booleans(),
    usual=st.sampled_from(((), ("slower", "quieter"), ("faster",))),
)


@given(any_facts)
def test_whatever_is_known_a_decision_keeps_the_promises(known: Facts) -> None:
    verdict = decide(EVEN, known)
    moves = {verdict.best, verdict.then}
    assert sum(verdict.distribution.values()) == pytest.approx(1.0)
    if not known.consent:
        assert S.SUGGESTION not in moves
    if known.intensity >= 3.5:
        assert verdict.then is None
        assert verdict.purpose is not Purpose.OFFER
    if known.risk >= RiskLevel.L1:
        assert not moves & {S.SUGGESTION, S.INFORMATION, S.OTHER}
    if verdict.then is S.QUESTION:
        assert verdict.best is not S.QUESTION
        assert not known.just_asked
    if known.cues.refuses_advice:
        assert S.SUGGESTION not in moves
    assert all(reason for reason in verdict.why)


def test_an_idea_that_nobody_wished_for_becomes_a_question_first() -> None:
    verdict = decide(toward(S.SUGGESTION), facts())
    assert (verdict.best, verdict.purpose) == (S.QUESTION, Purpose.OFFER)
    assert "ask first" in verdict.why[-1]
    assert verdict.distribution[S.SUGGESTION] == 0.0
    assert decide(toward(S.SUGGESTION), facts(consent=True)).best is S.SUGGESTION


def test_it_is_not_asked_again_and_again() -> None:
    for since in range(1, OFFER_EVERY):
        assert decide(toward(S.SUGGESTION), facts(offered=since)).purpose is None
    assert decide(toward(S.SUGGESTION), facts(offered=OFFER_EVERY)).purpose is Purpose.OFFER
    assert decide(toward(S.SUGGESTION), facts(declined=True)).purpose is None
    assert decide(toward(S.SUGGESTION), facts(intensity=4.0)).purpose is None


def test_a_reflection_may_ask_second_but_not_when_a_question_was_just_asked() -> None:
    calm = facts(stage=SupportStage.EXPLORATION)
    wished = toward(S.REFLECTION)
    assert decide(wished, calm).then is S.QUESTION
    assert decide(wished, replace(calm, used=(*LISTENED[:-1], S.QUESTION))).then is None
    assert decide(wished, replace(calm, then=(None, None, None, None, S.QUESTION))).then is None
    assert decide(wished, replace(calm, intensity=4.0)).then is None
    assert decide(wished, facts("why does he do that?", stage=SupportStage.EXPLORATION)).then is None
    assert decide(wished, replace(calm, tags=heard_as(-0.5, 0.1, 0.8, disagree=True))).then is None


def test_advice_comes_second_with_consent_only() -> None:
    wished = toward(S.AFFIRMATION, S.SUGGESTION) | {S.AFFIRMATION: 30.0}
    used = (S.REFLECTION, S.RESTATEMENT, S.REFLECTION, S.RESTATEMENT, S.INFORMATION)
    assert decide(wished, facts(consent=True, used=used)).then is S.SUGGESTION
    assert decide(wished, facts(used=used)).then is None
    assert decide(wished, facts(consent=True, used=used, intensity=4.0)).then is None
    assert decide(wished, facts(consent=True, used=(*used[:-1], S.SUGGESTION))).then is None


def test_second_questions_count_as_questions() -> None:
    asked = facts(used=(S.REFLECTION, S.AFFIRMATION, S.AFFIRMATION), then=(S.QUESTION, S.QUESTION, None))
    assert asked.asked == 2
    assert "more questions than reflections so far: reflect" in decide(EVEN, asked).why


def test_no_strategy_becomes_a_favourite() -> None:
    used: tuple[Strategy, ...] = ()
    for _ in range(60):
        used = (*used, decide(toward(S.INFORMATION), facts(index=len(used), used=used, then=())).best)
    assert max(used.count(strategy) for strategy in Strategy) <= 0.35 * len(used)
    held = variety(facts(used=(S.REFLECTION, S.AFFIRMATION) * 4))
    assert held is not None
    assert held.factors == {S.REFLECTION: 0.0, S.AFFIRMATION: 0.0}


def test_at_high_distress_variety_leaves_something_that_listens() -> None:
    used: tuple[Strategy, ...] = ()
    for _ in range(40):
        known = facts("I can't take this", index=len(used), used=used, then=(), intensity=4.5)
        used = (*used, decide(EVEN, known).best)
    assert set(used) <= {S.REFLECTION, S.AFFIRMATION, S.RESTATEMENT, S.QUESTION, S.OTHER}
    assert max(used.count(strategy) for strategy in Strategy) <= 0.4 * len(used)


def test_who_leads() -> None:
    telling = decide(EVEN, facts("and then we " * 20))
    silent = decide(EVEN, facts("yes", short=True, stage=SupportStage.EXPLORATION))
    plain = decide(EVEN, facts(stage=SupportStage.EXPLORATION))
    asking = decide(EVEN, facts("is that normal?"))
    assert any("they lead" in why for why in telling.why)
    assert silent.distribution[S.QUESTION] > plain.distribution[S.QUESTION]
    assert any("answer before asking back" in why for why in asking.why)


def test_every_rule_says_why_or_is_plain() -> None:
    assert all(rule.__name__.isidentifier() for rule in RULES)
    assert decide(EVEN, facts()).why


def said(*lines: tuple[str, str]) -> tuple[Turn, ...]:
    return tuple(turn(number, words, reply, plan_of()) for number, (words, reply) in enumerate(lines))


OFFER = "Would it help to think about what you could try?"


def test_consent_is_given_held_and_ended_in_the_persons_words() -> None:
    def now(text: str, *lines: tuple[str, str]) -> tuple[bool, bool, int | None]:
        found = consent(said(*lines), text, cues(text))
        return found.given, found.declined, found.since

    assert now("it's hard") == (False, False, None)
    assert now("what should I do?") == (True, False, None)
    assert now("yes please", ("it's hard", OFFER)) == (True, False, 1)
    assert now("not really", ("it's hard", OFFER)) == (False, True, 1)
    assert now("my boss again", ("it's hard", OFFER)) == (False, False, 1)
    assert now("yes", ("it's hard", "How was that for you?")) == (False, False, None)
    agreed = (("it's hard", OFFER), ("yes please", "You could write it down."))
    assert now("okay", *agreed) == (True, False, 2)
    later = (*agreed, ("okay", "That took courage."), ("hm", "I see."))
    assert now("so", *later) == (False, False, 4)
    declined = (("it's hard", OFFER), ("no", "Of course."), ("he left", "That hurts."))
    assert now("I know", *declined) == (False, True, 3)
    assert now("what should I do then?", *declined) == (True, False, 3)


def test_an_offer_that_nobody_heard_is_none() -> None:
    offered = replace(plan_of(S.QUESTION), purpose=Purpose.OFFER)
    cut = turn(0, "it's hard", "If you like, would it", offered)
    whole = turn(0, "it's hard", "If you like, would it help to look at it together?", offered)
    assert not consent((cut,), "yes", cues("yes")).given
    assert consent((whole,), "yes", cues("yes")).given
