"""Consent, age and place: pure rules, each read from what was said or set."""

from __future__ import annotations

import pytest

from warmline.dialogue.safety import consent, jurisdictions, minors
from warmline.dialogue.safety.answers import read
from warmline.dialogue.safety.numbers import country_of_number, dialable
from warmline.dialogue.safety.own_words import said_back
from warmline.dialogue.types import RiskLevel


@pytest.mark.parametrize(
    ("mode", "said", "may"),
    [
        ("given", (), True),
        ("denied", ("yes",), False),
        ("ask", (), False),
        ("ask", ("yes",), True),
        ("ask", ("yeah sure", "I lost my job"), True),
        ("ask", ("no",), False),
        ("ask", ("I lost my job",), False),
        ("ask", ("sí",), True),
        ("ask", ("ja",), True),
        ("ask", ("可以",), True),
        ("ask", ("不可以",), False),
        ("given", ("please stop listening to my voice",), False),
        ("ask", ("yes", "don't analyze how I sound"), False),
        ("given", ("I'm fifteen",), False),
        ("ask", ("yes", "I'm 15 years old"), False),
    ],
)
def test_emotion_is_read_with_consent_only(mode: str, said: tuple[str, ...], may: bool) -> None:
    assert consent.allowed(mode, said) is may


def test_an_answer_with_more_in_it_is_answered_as_usual() -> None:
    assert consent.reply(("yes",), "en")
    assert consent.reply(("yes but what I called about is that my brother has left us",), "en") == ""
    assert consent.reply(("hm",), "en") == ""


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("I'm 15", True),
        ("i am sixteen and I hate school", True),
        ("I'm in eighth grade", True),
        ("tengo 14 años", True),
        ("ich bin 17", True),
        ("我今年13岁", True),
        ("I'm 34", False),
        ("I'm 15 minutes late", None),
        ("my son is 12", None),
        ("I lost my job", None),
    ],
)
def test_only_an_age_that_is_said_counts(text: str, minor: bool | None) -> None:
    assert minors.says_minor(text) is minor


def test_for_the_young_stricter_rules_hold() -> None:
    young, grown = minors.policy(True), minors.policy(False)
    assert young.guarded_as > grown.guarded_as == RiskLevel.L0
    assert (young.emotion, young.memory, young.trusted_adults) == (False, False, True)
    assert minors.known(("I'm 15", "I was kidding, I'm 30")) is False


def test_at_work_and_at_school_no_emotion_is_read() -> None:
    for place in jurisdictions.profiles().values():
        assert not place.may_read_emotion("work")
        assert not place.may_read_emotion("school")
        assert place.may_read_emotion("private")
        assert place.notice_every_h <= 3
        assert place.cites
    assert jurisdictions.profile("atlantis") is None


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+493012345678", "DE"),
        ("+442079460018", "GB"),
        ("+16135550100", "CA"),
        ("030 123", ""),
        ("+", ""),
        ("+80012345678", ""),
    ],
)
def test_a_number_tells_its_country(number: str, country: str) -> None:
    assert country_of_number(number) == country


def test_what_cannot_be_dialled_is_known() -> None:
    assert dialable("0800 1110111", "DE") is True
    assert dialable("988", "US") is True
    assert dialable("0800 1110111 99 88 77", "DE") is False


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("maybe my sister", "your sister"),
        ("I go for a walk with my dog", "you go for a walk with your dog"),
        ("um, I call my mom. she helps", "you call your mom"),
        ("music, I guess", "music"),
        ("yes", ""),
        ("my xmeans", ""),
        ("there are so many things that I could say about this that I don't know", ""),
    ],
)
def test_their_words_come_back_turned(text: str, back: str) -> None:
    assert said_back(text, "en") == back


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("I don't know", "unsure"),
        ("no sé", "unsure"),
        ("keine Ahnung", "unsure"),
        ("不知道", "unsure"),
        ("I'd rather not say", "declines"),
        ("you're useless", "angry"),
        ("I have to go, bye", "leaves"),
        ("what was that number again", "number"),
        ("can I talk to a real person", "person"),
        ("are you a robot", "asks_what_we_are"),
        ("bist du ein Mensch", "asks_what_we_are"),
        ("never mind, I was being dramatic", "takes_back"),
        ("I won't call a hotline", "refuses_help"),
        ("can we talk about something else", "turns_away"),
        ("...", "silent"),
        ("no, nothing like that", "no"),
        ("nein", "no"),
        ("没有", "no"),
        ("doch", "yes"),
        ("I haven't made a plan", "no_plan"),
    ],
)
def test_the_manner_of_an_answer_is_read(text: str, what: str) -> None:
    assert getattr(read(text), what) is True


@pytest.mark.parametrize(
    "text", ["I have to go to work tomorrow", "I know", "my number is up, I think", "not sure I can"]
)
def test_ordinary_words_are_not_taken_for_a_manner(text: str) -> None:
    heard = read(text)
    assert not any((heard.leaves, heard.angry, heard.declines, heard.person, heard.number, heard.yes))
