"""The screen finds what is said, half said, misheard and taken back, and lets everyday speech pass."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from calls import heard_as, plan_of, turn
from hypothesis import given
from hypothesis import strategies as st

from warmline.dialogue.safety.asks import Ask, sentence
from warmline.dialogue.safety.normal import normal
from warmline.dialogue.safety.patterns import patterns
from warmline.dialogue.safety.risk_reader import KINDS, RiskReader, shipped
from warmline.dialogue.safety.screen import CALM, Screen
from warmline.dialogue.types import Risk, RiskLevel, Sensed, Turn

SCREEN = Screen()
TABLE = Path(__file__).parents[2] / "data" / "safety" / "dev.tsv"


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def level(text: str, history: tuple[Turn, ...] = ()) -> int:
    return int(SCREEN.assess(text, history).level)


def after(question: str, risk: Risk) -> tuple[Turn, ...]:
    return (turn(1, "...", question, plan_of(risk=risk)),)


def test_the_development_set_is_large_and_covers_every_level() -> None:
    counts = [sum(row["level"] == name for row in rows()) for name in "0123"]
    assert sum(counts) >= 150
    assert min(counts) >= 20


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in rows()}))
def test_every_utterance_of_the_development_set_is_read_as_labelled(kind: str) -> None:
    by_rule = Screen(rules_alone=True)
    wrong = [
        row["text"] for row in rows() if row["kind"] == kind and by_rule.assess(row["text"]).level != int(row["level"])
    ]
    assert wrong == []


def test_the_encoder_lowers_nothing_there_and_raises_hardly_anything() -> None:
    assert all(level(row["text"]) > 0 for row in rows() if int(row["level"]) > 0)
    harmless = [row["text"] for row in rows() if int(row["level"]) == 0]
    assert len([text for text in harmless if level(text) > 0]) <= 0.02 * len(harmless)
    assert all(level(text) < RiskLevel.L2 for text in harmless)


def test_no_punctuation_and_capitals_change_nothing() -> None:
    for row in rows():
        shouted = "".join(letter for letter in row["text"].upper() if letter not in ".,!?")
        if row["kind"] in {"explicit", "passive", "idiom", "third", "abuse"}:
            assert (level(shouted) > 0) == (int(row["level"]) > 0), row["text"]


SMALL = "i i'm my to the a an is am be of in it that and so just do don't for with on at me"


def test_small_words_that_get_lost_cost_little() -> None:
    chance = random.Random(7)
    risky = [row["text"] for row in rows() if int(row["level"]) > 0]
    found = 0
    for text in risky:
        kept = [word for word in text.split() if word.lower() not in SMALL.split() or chance.random() > 0.2]
        found += level(" ".join(kept)) > 0
    assert found / len(risky) >= 0.92


def test_evidence_names_rules_and_never_the_words() -> None:
    risk = SCREEN.assess("my cousin Bartholomew says he wants to die")
    assert risk.level is RiskLevel.L2
    assert risk.evidence == ("other: someone else at risk",)
    assert all("bartholomew" not in name.lower() for name in risk.evidence)


def test_a_denial_alone_is_no_sign_and_with_a_but_it_is() -> None:
    assert level("I don't want to die") == 0
    assert level("I don't want to die but I can't promise") == 1
    assert level("I'm not going to kill myself", after("Tell me more.", Risk(RiskLevel.L1, ("feels a burden",)))) == 1


def test_taking_back_lowers_and_never_clears() -> None:
    assert level("I said I wanted to die but I was joking") == 1
    assert level("I was going to kill myself tonight, just kidding") == 2


@pytest.mark.parametrize(
    ("ask", "answer", "expected"),
    [
        (Ask.THOUGHTS, "Yes.", 2),
        (Ask.THOUGHTS, "I don't know", 2),
        (Ask.GENTLE, "sometimes, yeah", 2),
        (Ask.INTENT, "yes I might", 3),
        (Ask.PLAN, "yeah", 3),
        (Ask.TIME, "tonight", 3),
        (Ask.SAFE, "no", 3),
        (Ask.THOUGHTS, "No, nothing like that.", 1),
        (Ask.INTENT, "no", 2),
        (Ask.INTENT, "I am so tired", 2),
        (Ask.SAFE, "yes I'm safe", 2),
    ],
)
def test_answers_to_our_questions_are_read(ask: Ask, answer: str, expected: int) -> None:
    assert level(answer, after(sentence(ask), Risk(RiskLevel.L2, ("goodbye hints",)))) == expected


def test_an_unheard_question_is_no_question() -> None:
    risk = Risk(RiskLevel.L1, ("feels a burden",))
    assert level("yes", after("Are you having", risk)) == 1


def test_risk_stays_until_a_check() -> None:
    grave = Risk(RiskLevel.L3, ("intends to end their life",))
    assert SCREEN.assess("the weather is nice", after("I am listening.", grave)).level is RiskLevel.L3
    assert SCREEN.assess("yes I am at home", after(sentence(Ask.SAFE), grave)).level is RiskLevel.L2
    active = Risk(RiskLevel.L2, ("thoughts of killing themselves",))
    assert SCREEN.assess("ok", after("I am listening.", active)).level is RiskLevel.L2
    assert SCREEN.assess("a bit weaker", after(sentence(Ask.AGAIN), active)).level is RiskLevel.L1
    slight = Risk(RiskLevel.L1, ("feels a burden",))
    assert SCREEN.assess("ok", after("I am listening.", slight)).level is RiskLevel.L1


def calm_call(turns: int, *, sign: str = "feels a burden", answer: str = "no", worst: int = 1) -> tuple[Turn, ...]:
    """A slight sign, our question, an answer to it, and then calm talk."""
    first = turn(1, "I'm a burden", sentence(Ask.GENTLE), plan_of(risk=Risk(RiskLevel(worst), (sign,))))
    carried = plan_of(risk=Risk(RiskLevel.L1, ("earlier in the call",)))
    rest = [turn(at + 2, answer if at == 0 else "we went to the lake", "I see.", carried) for at in range(turns)]
    return (first, *rest)


def test_a_slight_sign_that_was_denied_is_over_after_calm_turns_and_not_before() -> None:
    said = "we had soup afterwards"
    assert level(said, calm_call(CALM - 1)) == 1
    over = SCREEN.assess(said, calm_call(CALM))
    assert over.level is RiskLevel.L0
    assert over.evidence == ("checked: said no when asked, nothing since",)
    assert level("I'm such a burden to everyone", calm_call(CALM)) == 1, "a new sign counts at once"


@pytest.mark.parametrize(
    "call",
    [
        calm_call(CALM + 4, answer="I don't know"),
        calm_call(CALM + 4, sign="wishes not to be alive"),
        calm_call(CALM + 4, worst=2),
        calm_call(2)[:1] + calm_call(CALM)[2:] * 2,
        calm_call(CALM) + calm_call(CALM)[:1] + calm_call(CALM)[2:],
    ],
    ids=["not denied", "a wish that was said", "graver before", "not answered", "a sign after the no"],
)
def test_what_was_graver_or_not_denied_is_never_over(call: tuple[Turn, ...]) -> None:
    assert level("we had soup afterwards", call) >= 1


def test_a_voice_in_pain_keeps_a_slight_sign() -> None:
    assert SCREEN.assess("we had soup afterwards", calm_call(CALM), heard_as(-0.8, 0.2)).level is RiskLevel.L1


def test_some_signs_count_only_in_company() -> None:
    by_rule = Screen(rules_alone=True)
    assert by_rule.assess("I have a plan and I set some things aside").level is RiskLevel.L0
    active = Risk(RiskLevel.L2, ("thoughts of killing themselves",))
    assert level("I have a plan and I set some things aside", after("I am listening.", active)) == 3
    assert level("I've been thinking about not being here and I have a plan") == 3


def test_a_breaking_voice_weighs_a_slight_sign_and_nothing_else() -> None:
    sobbing = heard_as(-0.4, 0.2, events=("sob",))
    assert SCREEN.assess("I'm such a burden to everyone", (), sobbing).level is RiskLevel.L2
    assert SCREEN.assess("my dog died", (), sobbing).level is RiskLevel.L0


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    assert SCREEN.assess(text).level in RiskLevel
    assert normal(text).startswith(" ")


def test_a_very_long_turn_is_read_to_its_end() -> None:
    text = "and then we went to the market and talked about the weather " * 180 + "I want to kill myself"
    assert SCREEN.assess(text).level is RiskLevel.L2


def test_the_tables_name_levels_one_to_three_only() -> None:
    assert {int(rule.level) for rule in patterns().rules} == {1, 2, 3}


def test_giving_away_while_one_still_can_is_a_hint_and_a_birthday_is_none() -> None:
    assert level("i gave my brother dad's watch while i still can") == 1
    assert level("i gave my brother dad's watch for his birthday") == 0
    assert level("I sorted the papers for the tax and after Friday I am done with it.") < 1


@pytest.mark.weights
def test_what_is_long_over_does_not_hide_a_hint_of_today() -> None:
    over = "I tried to end it in 1987, got help and I'm over it."
    assert level(over) == 0
    assert level(f"{over} I've sorted all the papers for the girls and after Sunday I'm free.") == 1


@pytest.mark.parametrize("text", ["I lost the will to live in that queue", "I wish I could disappear"])
def test_a_loose_hint_alone_is_doubtful(text: str) -> None:
    risk = SCREEN.assess(text)
    assert (risk.level, risk.doubtful) == (RiskLevel.L1, True)


@pytest.mark.parametrize(
    "text",
    [
        "I want to kill myself",
        "I wish I could disappear, I have the [means] here",
        "I took all of the [means]",
        "my chest hurts and I can't breathe",
        "he said he wants to kill himself",
        "it all comes from being raped by my first boyfriend at the age of thirteen",
        "I want to kill myself but I didn't mean that, forget it",
        "I had soup for lunch",
    ],
)
def test_a_firm_rule_and_nothing_at_all_are_not(text: str) -> None:
    assert not SCREEN.assess(text).doubtful


@pytest.mark.parametrize(
    ("chance", "level", "doubtful"), [(0.05, 0, False), (0.3, 0, True), (0.9, 3, True), (0.97, 3, False)]
)
def test_what_the_model_alone_finds_or_does_not_find_unlikely_is_doubtful(
    chance: float, level: int, doubtful: bool
) -> None:
    found = dict.fromkeys((*KINDS, *shipped().cuts), 0.0) | {"risk": chance, "two": 0.99, "three": 0.999, "abuse": 0.8}
    model = SimpleNamespace(cuts=shipped().cuts, read=lambda text: found)
    risk = Screen(cast(RiskReader, model)).assess("it goes round and round in my head")
    assert (risk.level, risk.doubtful) == (level, doubtful)
    assert risk.sensed == (Sensed(chance, "abuse") if doubtful else None)
    asked = Screen(cast(RiskReader, model)).assess("How do I steal someone's credit card?")
    assert (bool(asked.request), asked.doubtful) == (True, False)
    found |= {"two": 0.0, "three": 0.0}
    slight = Screen(cast(RiskReader, model)).assess("it goes round and round in my head")
    assert (slight.level, slight.doubtful) == (min(level, 1), chance > 0.1)
    denied = Screen(cast(RiskReader, model)).assess("I would never kill myself")
    assert (denied.level, denied.doubtful) == (RiskLevel.L0, chance > 0.1)


@pytest.mark.parametrize(("chance", "doubtful"), [(0.02, True), (0.3, True), (0.6, False)])
@pytest.mark.parametrize(
    "text", ["I want to kill myself", "he says he wants to kill himself", "I took all of the [means]"]
)
def test_a_firm_rule_is_doubtful_where_the_model_finds_risk_unlikely(text: str, chance: float, doubtful: bool) -> None:
    found = dict.fromkeys((*KINDS, *shipped().cuts), 0.0) | {"risk": chance}
    model = SimpleNamespace(cuts=shipped().cuts, read=lambda text: found)
    risk = Screen(cast(RiskReader, model)).assess(text)
    assert risk.level >= RiskLevel.L2  # it stands until a reader is asked
    assert risk.level is SCREEN.assess(text).level
    assert (risk.doubtful, risk.sensed) == (doubtful, None)
    assert not Screen(cast(RiskReader, model)).assess("my husband beats me").doubtful


def test_what_may_have_been_misheard_or_stands_in_two_turns_is_doubtful() -> None:
    chances = dict.fromkeys((*KINDS, *shipped().cuts), 0.0)
    model = SimpleNamespace(
        cuts=shipped().cuts, read=lambda text: chances | {"risk": 0.95 if text.startswith("Both are ") else 0.4}
    )
    screen = Screen(cast(RiskReader, model))
    two = screen.assess("what I said", (turn(1, "Both are", "Tell me more."),))
    assert (two.level, two.doubtful, two.evidence[0][:33]) == (RiskLevel.L1, True, "reads like it, over two turns (0.")
    heard = screen.assess("the urge to hart myself is back")
    assert (heard.level, heard.doubtful, heard.evidence[0][:9]) == (RiskLevel.L2, True, "misheard?")
    assert two.sensed is heard.sensed is None  # so the words alone do not outweigh them by a sum


def test_a_hint_is_no_doubt_where_the_call_the_voice_or_an_answer_speaks_for_it() -> None:
    hint = "I lost the will to live in that queue"
    before = turn(1, "I wish I could disappear", "Tell me more.", plan_of(risk=Risk(RiskLevel.L1, ("wishes",))))
    assert not SCREEN.assess(hint, (before,)).doubtful
    assert not SCREEN.assess(hint, (), heard_as(-0.8, 0.2, 0.9)).doubtful
    asked = turn(1, "it is all grey", sentence(Ask.THOUGHTS))
    assert not SCREEN.assess("yes, I lost the will to live", (asked,)).doubtful
