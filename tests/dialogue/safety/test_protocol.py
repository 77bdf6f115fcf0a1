"""The protocol asks once, stays, points to people and to the right number, and never does what harms."""

from __future__ import annotations

import random
import re

import pytest
from calls import plan_of, turn

from warmline.dialogue.safety import lines
from warmline.dialogue.safety.asks import Ask
from warmline.dialogue.safety.guard import Guard
from warmline.dialogue.safety.helplines import spoken
from warmline.dialogue.safety.protocol import Protocol, ProtocolState, segments, shown
from warmline.dialogue.safety.screen import Screen
from warmline.dialogue.types import Risk, RiskLevel, Turn

OPENINGS = (
    "I want to kill myself",
    "I am going to kill myself tonight",
    "I wish I was dead",
    "my brother says he wants to die",
    "I want to kill my boss",
    "my husband is hitting me right now",
    "I just took a whole bottle of xmeans",
    "I've been hurting myself again",
    "who will take care of my dog when I'm gone",
)
ANSWERS = (
    "yes",
    "no",
    "I don't know",
    "maybe",
    "I am so tired",
    "no I won't call a hotline",
    "it is too expensive",
    "I don't want to bother anyone",
    "my sister",
    "are you a real person",
    "ok",
    "tonight",
    "I'm at home",
    "weaker",
    "nothing helps",
    "Germany",
    "it's your fault",
    "",
)


class Call:
    """A call in which only the protocol and the screen take part."""

    def __init__(self, country: str = "US") -> None:
        self.screen, self.protocol = Screen(), Protocol()
        self.state = ProtocolState(country=country)
        self.turns: tuple[Turn, ...] = ()
        self.replies: list[tuple[str, ...]] = []
        self.risks: list[Risk] = []

    def say(self, text: str) -> tuple[str, ...]:
        risk = self.screen.assess(text, self.turns)
        self.state, said = self.protocol.next(self.state, risk, text)
        heard = " ".join(said) or "I hear you."
        self.turns = (*self.turns, turn(len(self.turns), text, heard, plan_of(risk=risk)))
        self.replies.append(said)
        self.risks.append(risk)
        return said

    @property
    def spoken(self) -> str:
        return " ".join(" ".join(said) for said in self.replies)


def random_calls(count: int, turns: int, country: str) -> list[Call]:
    calls = []
    for seed in range(count):
        chance = random.Random(seed)
        call = Call(country)
        call.say(OPENINGS[seed % len(OPENINGS)])
        for _ in range(turns - 1):
            call.say(chance.choice(ANSWERS))
        calls.append(call)
    return calls


@pytest.fixture(scope="module")
def many() -> list[Call]:
    return [*random_calls(60, 20, "US"), *random_calls(40, 20, "")]


def test_at_most_three_sentences_one_question_and_few_words(many: list[Call]) -> None:
    for call in many:
        for said in call.replies:
            assert len(said) <= 3
            assert " ".join(said).count("?") <= 1
            assert len(" ".join(said).split()) <= 60


def test_no_question_is_asked_twice(many: list[Call]) -> None:
    for call in many:
        asked = [part for said in call.replies for part in said if part.endswith("?")]
        assert len(asked) == len(set(asked)), asked


def test_at_risk_there_is_always_something_to_say(many: list[Call]) -> None:
    for call in many:
        for risk, said in zip(call.risks, call.replies, strict=True):
            assert said or risk.level < RiskLevel.L2


def test_every_sentence_passes_the_guard(many: list[Call]) -> None:
    guard = Guard()
    for part in {part for call in many for said in call.replies for part in said}:
        assert guard.check(part, RiskLevel.L3).ok, part


def test_no_promise_is_demanded_and_nobody_is_lectured(many: list[Call]) -> None:
    wrong = re.compile(r"\b(promise|must|should not|selfish|calm down|cheer up|right\?|, are you\?)", re.IGNORECASE)
    for part in {part for call in many for said in call.replies for part in said}:
        assert not wrong.search(part), part


def test_suicidal_thoughts_lead_to_every_kind_of_help() -> None:
    call = Call("US")
    for text in (
        "I've been thinking about killing myself",
        "no",
        "no",
        "ok",
        "my sister",
        "no",
        "I am scared",
        "ok",
        "ok",
    ):
        call.say(text)
    assert Ask.INTENT.value in call.spoken
    assert "nine, eight, eight" in call.spoken
    assert Ask.TRUSTED.value in call.spoken
    assert Ask.CARE.value in call.spoken
    assert Ask.WILLING.value in call.spoken
    assert "I am an AI" in call.spoken


def test_an_imminent_danger_gets_the_emergency_number_first() -> None:
    call = Call("GB")
    first = " ".join(call.say("I am going to kill myself tonight"))
    assert "nine, nine, nine" in first
    second = " ".join(call.say("no I'm alone"))
    assert "other people" in second
    assert "away from anything" in second


def test_rising_risk_is_answered_at_once() -> None:
    call = Call("US")
    call.say("I wish I was dead")
    call.say("yes")
    assert "nine, one, one" in " ".join(call.say("I've decided to do it, I am going to kill myself tonight"))


def test_an_unknown_country_is_asked_for_and_no_number_is_guessed() -> None:
    call = Call("")
    for text in ("I want to kill myself", "no", "somewhere", "ok", "ok"):
        call.say(text)
    assert Ask.COUNTRY.value in call.spoken
    assert lines.NO_LINE in call.spoken
    assert "nine" not in call.spoken


def test_the_country_that_is_named_gets_its_own_number() -> None:
    call = Call("")
    for text in ("I want to kill myself", "no", "I live in Germany", "ok"):
        call.say(text)
    assert "Germany" in call.spoken
    assert spoken("0800 1110111") in call.spoken
    assert "Telefonseelsorge" in shown(call.state)
    assert "112" in shown(call.state)


def test_a_slight_sign_is_asked_about_once_and_then_left_to_the_planner() -> None:
    call = Call("US")
    assert call.say("I'm such a burden to everyone")[-1] == Ask.GENTLE.value
    assert call.say("no") == ()
    assert call.say("there is no way out of this debt, nothing matters anymore") == ()


def test_a_wish_not_to_be_alive_gets_people_and_a_line_even_when_more_is_denied() -> None:
    call = Call("US")
    assert call.say("I wish I was dead")[-1] == Ask.THOUGHTS.value
    for text in ("no, just tired of it all", "ok", "my sister", "no"):
        call.say(text)
    for expected in ("nine, eight, eight", Ask.TRUSTED.value, Ask.CARE.value, "I am an AI"):
        assert expected in call.spoken
    assert call.say("I failed my exam") == ()


def test_a_hint_that_is_denied_gives_way_with_an_open_door() -> None:
    call = Call("US")
    assert call.say("who will take care of my dog when I'm gone")[-1] == Ask.THOUGHTS.value
    assert call.say("no, I'm moving abroad") == lines.CLEARED
    assert call.say("to Spain") == ()


def test_someone_who_asks_learns_that_it_is_an_ai() -> None:
    call = Call("US")
    call.say("I want to kill myself")
    assert call.say("am I talking to a real person")[0] == lines.HUMAN


def test_a_refusal_is_respected() -> None:
    call = Call("US")
    for text in ("I want to kill myself", "no", "no plan", "no", "ok"):
        call.say(text)
    call.say("no, I won't call a hotline")
    assert lines.NO_PUSH in call.spoken


def test_third_person_violence_and_illness_have_their_own_words() -> None:
    assert "looking out" in " ".join(Call().say("my brother says he wants to die"))
    assert "not your fault" in " ".join(Call().say("my dad hits me"))
    assert "call nine, one, one at once" in " ".join(Call().say("I overdosed an hour ago"))
    assert Ask.OTHERS.value in Call().say("I want to kill my boss")


def test_without_risk_the_planner_speaks() -> None:
    assert Call().say("I failed my exam") == ()


def test_next_is_pure() -> None:
    state, risk = ProtocolState(country="US"), Risk(RiskLevel.L2, ("thoughts of killing themselves",))
    once = Protocol().next(state, risk, "I want to kill myself")
    assert once == Protocol().next(state, risk, "I want to kill myself")
    assert state == ProtocolState(country="US")


def test_segments_are_marked_as_the_protocols_own() -> None:
    made = segments(4, ("One.", "Two?"))
    assert [piece.source for piece in made] == ["protocol", "protocol"]
    assert [piece.last for piece in made] == [False, True]
