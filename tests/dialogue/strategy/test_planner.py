"""The planner's promises: early restraint, the distress gate, no favourites, a voice that counts, reasons one "
"can read."""

from __future__ import annotations

import functools
import itertools
import operator
import random

import pytest
from calls import heard_as, plan_of, turn
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.strategy.planner import Planner, PlanningState
from warmline.dialogue.types import Plan, Risk, RiskLevel, Strategy, SupportStage, Turn
from warmline.emotion.types import ParalinguisticTags

PLANNER = Planner()
SAID = (
    "I lost my job last week because the company closed",
    "my girlfriend left me and I can't stop crying",
    "I don't know what to do anymore",
    "we argued again about money",
    "I feel a bit better now",
    "yes",
    "thank you",
    "what should I do about it?",
    "I guess I could talk to him",
    "my exam is tomorrow and I'm terrified",
    "it's overwhelming, I can't cope",
    "no, nobody knows",
)
REPLIES = {
    Strategy.QUESTION: "What happened then?",
    Strategy.SUGGESTION: "You could try a short walk.",
}


def plan(
    text: str, turns: tuple[Turn, ...] = (), tags: ParalinguisticTags | None = None, risk: Risk | None = None
) -> Plan:
    return PLANNER.plan(PlanningState(turns, text, tags or ParalinguisticTags.unknown(), risk or Risk()))


def talk(seed: int, length: int) -> list[tuple[str, Plan]]:
    """A call of random sentences and voices, answered by the planner."""
    chance = random.Random(seed)
    turns: tuple[Turn, ...] = ()
    made = []
    for number in range(length):
        text = chance.choice(SAID)
        tags = heard_as(chance.uniform(-1, 1), chance.uniform(-1, 1), chance.random(), disagree=chance.random() < 0.1)
        decided = plan(text, turns, tags)
        made.append((text, decided))
        reply = REPLIES.get(decided.strategy, "That sounds hard.")
        turns = (*turns, turn(number, text, reply, decided))
    return made


@pytest.fixture(scope="module")
def talks() -> list[list[tuple[str, Plan]]]:
    return [talk(seed, 14) for seed in range(25)]


def test_no_suggestion_in_the_first_three_replies(talks: list[list[tuple[str, Plan]]]) -> None:
    for made in talks:
        assert all(decided.strategy is not Strategy.SUGGESTION for _, decided in made[:3])


def test_no_strategy_three_times_running(talks: list[list[tuple[str, Plan]]]) -> None:
    for made in talks:
        used = [decided.strategy for _, decided in made]
        assert all(not one is two is three for one, two, three in zip(used, used[1:], used[2:], strict=False))


def test_no_question_after_a_question_once_the_talk_is_under_way(talks: list[list[tuple[str, Plan]]]) -> None:
    for made in talks:
        used = [decided.strategy for _, decided in made][2:]
        assert all((one, two) != (Strategy.QUESTION,) * 2 for one, two in itertools.pairwise(used))


def test_reflections_and_restatements_keep_up_with_questions(talks: list[list[tuple[str, Plan]]]) -> None:
    used = [decided.strategy for made in talks for _, decided in made]
    taken = used.count(Strategy.REFLECTION) + used.count(Strategy.RESTATEMENT)
    assert taken >= used.count(Strategy.QUESTION)


def test_no_advice_at_high_distress_unasked(talks: list[list[tuple[str, Plan]]]) -> None:
    wants = {"what should I do about it?", "I don't know what to do anymore"}
    checked = 0
    for made in talks:
        for place, (_, decided) in enumerate(made):
            recent = {text for text, _ in made[max(0, place - 2) : place + 1]}
            if decided.intensity >= 3.5 and not recent & wants:
                checked += 1
                assert decided.strategy not in {Strategy.SUGGESTION, Strategy.INFORMATION}
    assert checked >= 10


def test_several_strategies_are_used(talks: list[list[tuple[str, Plan]]]) -> None:
    used = {decided.strategy for made in talks for _, decided in made}
    assert len(used) >= 6


def test_the_same_words_in_another_voice_get_another_plan() -> None:
    past = (turn(0, "my boss moved me to nights", "Since when?", plan_of(Strategy.QUESTION)),)
    text = "since last month, it's fine really"
    calm = plan(text, past, heard_as(0.2, -0.1, 0.8))
    shaken = plan(text, past, heard_as(-0.8, 0.6, 0.8, disagree=True, events=("sob",)))
    assert shaken.intensity > calm.intensity + 1.0
    assert dict(shaken.distribution) != dict(calm.distribution)
    assert shaken.style.pace < calm.style.pace
    assert shaken.distribution[Strategy.REFLECTION] > calm.distribution[Strategy.REFLECTION]
    assert any("voice" in reason for reason in shaken.why[1:])


def test_a_distressed_voice_withdraws_a_suggestion() -> None:
    past = tuple(
        turn(number, "work is too much lately", "That sounds tiring.", plan_of(strategy, stage=SupportStage.ACTION))
        for number, strategy in enumerate(
            (Strategy.REFLECTION, Strategy.AFFIRMATION, Strategy.RESTATEMENT, Strategy.AFFIRMATION)
        )
    )
    text = "what could I do to sleep, any ideas?"
    calm = plan(text, past, heard_as(0.1, -0.1, 0.8))
    assert calm.strategy in {Strategy.SUGGESTION, Strategy.INFORMATION}
    shaken = plan(text, past, heard_as(-0.9, 0.8, 0.9, disagree=True, events=("sob",)))
    assert shaken.strategy not in {Strategy.SUGGESTION, Strategy.INFORMATION}


def test_tags_without_confidence_change_nothing_but_say_so() -> None:
    text = "I had a long day at work"
    assert dict(plan(text, (), heard_as(-0.9, 0.9, 0.0)).distribution) == dict(plan(text).distribution)
    assert "voice not used" in plan(text).why[0]


def test_greeting_and_farewell_are_answered_as_such() -> None:
    assert plan("Hello, how are you?").strategy is Strategy.OTHER
    past = tuple(turn(number, "it was a hard week", "It was.", plan_of()) for number in range(4))
    assert plan("I have to go now, goodbye", past).strategy is Strategy.OTHER


def test_a_greeting_with_trouble_in_it_is_no_small_talk() -> None:
    assert plan("hi, my dad died yesterday and I can't breathe").strategy is not Strategy.OTHER


def test_risk_takes_advice_and_small_talk_away() -> None:
    past = tuple(turn(number, "it was a hard week", "It was.", plan_of()) for number in range(5))
    risk = Risk(RiskLevel.L1, ("feels a burden",))
    decided = plan("what should I do, I'm a burden to everyone", past, risk=risk)
    assert decided.risk == risk
    for strategy in (Strategy.SUGGESTION, Strategy.INFORMATION, Strategy.OTHER, Strategy.SELF_DISCLOSURE):
        assert decided.distribution[strategy] == 0.0


def test_an_old_slight_sign_does_not_hold_the_talk_forever() -> None:
    past = tuple(
        turn(number, "it was a hard week", "It was.", plan_of(stage=SupportStage.ACTION)) for number in range(5)
    )
    decided = plan("what could I do about the job?", past, risk=Risk(RiskLevel.L1, ("earlier in the call",)))
    assert decided.distribution[Strategy.SUGGESTION] > 0.0


def test_consent_opens_the_way_and_refusal_closes_it() -> None:
    offer = "Would it help to think about what to do?"
    past = tuple(
        turn(number, "he shouted at me", "That hurt.", plan_of(strategy, stage=SupportStage.COMFORTING))
        for number, strategy in enumerate((Strategy.REFLECTION, Strategy.AFFIRMATION, Strategy.REFLECTION))
    )
    past = (*past, turn(3, "it keeps happening", offer, plan_of(Strategy.QUESTION, stage=SupportStage.COMFORTING)))
    agreed = plan("yes please", past)
    refused = plan("no, I just want to be heard", past)
    assert agreed.distribution[Strategy.SUGGESTION] > 3 * refused.distribution[Strategy.SUGGESTION]
    assert agreed.stage is SupportStage.ACTION
    assert refused.distribution[Strategy.SUGGESTION] == 0.0


def test_self_disclosure_claims_no_life() -> None:
    notes = [
        decided.why
        for _, decided in functools.reduce(operator.iadd, (talk(seed, 12) for seed in range(12)), [])
        if decided.strategy is Strategy.SELF_DISCLOSURE
    ]
    assert notes
    assert all("no life is claimed: say what many people find" in why for why in notes)


def test_a_cause_is_kept_until_another_is_named() -> None:
    first = plan("I feel awful because my brother stole my savings")
    assert first.cause == "my brother stole my savings"
    past = (turn(0, "I feel awful because my brother stole my savings", "That hurts.", first),)
    assert plan("yes", past).cause == "my brother stole my savings"


def test_distributions_sum_to_one_and_the_choice_is_their_best(talks: list[list[tuple[str, Plan]]]) -> None:
    for made in talks:
        for _, decided in made:
            assert sum(decided.distribution.values()) == pytest.approx(1.0)
            assert decided.distribution[decided.strategy] == max(decided.distribution.values())
            assert len(decided.why) >= 2


def test_the_same_state_gives_the_same_plan() -> None:
    assert plan("my exam is tomorrow") == plan("my exam is tomorrow")


def test_unheard_replies_leave_no_line() -> None:
    unheard = turn(0, "hello", "", plan_of(Strategy.SUGGESTION))
    assert plan("I lost my job", (unheard,)).why == plan("I lost my job").why


@given(st.text(max_size=200))
def test_any_text_gets_a_plan(text: str) -> None:
    decided = plan(text)
    assert decided.strategy in Strategy
    assert 1.0 <= decided.intensity <= 5.0


def test_two_thousand_words_get_a_plan() -> None:
    assert plan("and then he said that it was all my fault " * 220).strategy in Strategy


def test_prefixes_of_a_sentence_get_plans_too() -> None:
    words = [
        "I",
        "lost",
        "my",
        "job",
        "because",
        "they",
        "closed",
        "the",
        "shop",
        "and",
        "now",
        "my",
        "wife",
        "is",
        "angry",
    ]
    for count in range(1, len(words) + 1):
        assert plan(" ".join(words[:count])).strategy in Strategy
