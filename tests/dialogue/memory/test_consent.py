"""Consent in speech: asked once and kindly, a no is a no, and taking it back is heard however it is put."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.calls import plan_of, turn
from warmline.dialogue.languages import LANGUAGES
from warmline.dialogue.memory.consent import Standing, Wish, is_question, only_answers, question, reply, wish
from warmline.dialogue.types import Plan, Purpose, Risk, RiskLevel, Strategy, Turn

ASK = Standing(ask=True)
GOODBYE = replace(plan_of(Strategy.OTHER), purpose=Purpose.GOODBYE)
THREE = tuple(turn(number, "It was a long day.", "I see.") for number in (1, 2, 3))
ASKED = question(ASK, THREE, GOODBYE)


@pytest.mark.parametrize(
    "text",
    [
        "Forget what I told you.",
        "Please forget everything I said.",
        "please don't remember this",
        "Don't keep any of that.",
        "Can you delete my data?",
        "Erase all of it, please.",
        "I changed my mind, delete what I've told you.",
        "Forget about me.",
        "Stop recording what I say.",
        "Just forget all of it.",
        "Could you delete everything?",
        "Never store this.",
    ],
)
def test_taking_it_back_is_heard_at_any_time(text: str) -> None:
    assert wish(text, "") is Wish.FORGET
    assert wish(text, ASKED) is Wish.FORGET


@pytest.mark.parametrize(
    "text",
    [
        "I want to forget what he said to me.",
        "I can't forget what I told her.",
        "He always forgets what I told him.",
        "I wish I could forget all of it.",
        "Forget it.",
        "Don't forget me.",
        "I deleted his number.",
        "I don't remember this.",
        "My mother is starting to forget everything.",
        "Yes.",
        "No, thank you.",
    ],
)
def test_other_forgetting_is_not_taken_for_it(text: str) -> None:
    assert wish(text, "") is Wish.NONE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Yes, please.", Wish.YES),
        ("Yeah, that would be nice.", Wish.YES),
        ("Okay.", Wish.YES),
        ("No.", Wish.NO),
        ("No, rather not.", Wish.NO),
        ("I'd prefer not, thanks.", Wish.NO),
        ("Please don't.", Wish.NO),
        ("Yes... no, better not.", Wish.NO),
        ("What do you mean?", Wish.NONE),
        ("My sister called again.", Wish.NONE),
        ("", Wish.NONE),
    ],
)
def test_an_answer_is_read_only_after_the_question(text: str, found: Wish) -> None:
    assert wish(text, f"Take care. {ASKED}") is found
    assert wish(text, "Take care.") is Wish.NONE


def test_a_question_that_was_cut_off_is_none() -> None:
    assert is_question(ASKED)
    assert is_question(ASKED.partition("?")[0] + "?")
    assert not is_question(ASKED[:30])
    assert not is_question("What was that like for you?")


@pytest.mark.parametrize(
    ("standing", "turns", "plan", "asks"),
    [
        (ASK, THREE, GOODBYE, True),
        (ASK, THREE[:1], GOODBYE, False),
        (ASK, THREE, plan_of(), False),
        (Standing(ask=True, returning=True), THREE[:2], plan_of(), True),
        (Standing(ask=True, returning=True), THREE[:1], plan_of(), False),
        (Standing(ask=True, asked=True), THREE, GOODBYE, False),
        (Standing(), THREE, GOODBYE, False),
        (ASK, THREE, replace(GOODBYE, intensity=4.0), False),
        (ASK, THREE, replace(GOODBYE, risk=Risk(RiskLevel.L1)), False),
        (ASK, (turn(1, "x", "y", plan_of(risk=Risk(RiskLevel.L2))), *THREE), GOODBYE, False),
    ],
)
def test_it_is_asked_once_and_never_in_distress(
    standing: Standing, turns: tuple[Turn, ...], plan: Plan, asks: bool
) -> None:
    assert bool(question(standing, turns, plan)) is asks


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_language_has_its_words(code: str) -> None:
    asked = question(ASK, THREE, replace(GOODBYE, language=code))
    assert is_question(asked)
    said = {reply(found, code) for found in (Wish.YES, Wish.NO, Wish.FORGET)}
    assert len(said) == 3
    assert all(len(text) <= 12 * 20 for text in said)


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("es", "Borra lo que te he dicho.", Wish.FORGET),
        ("es", "Sí, claro.", Wish.YES),
        ("es", "No, gracias.", Wish.NO),
        ("de", "Vergiss bitte alles, was ich gesagt habe.", Wish.FORGET),
        ("de", "Ja, gern.", Wish.YES),
        ("de", "Nein, lieber nicht.", Wish.NO),
        ("zh", "忘掉我说的话。", Wish.FORGET),
        ("zh", "好的。", Wish.YES),
        ("zh", "不用了。", Wish.NO),
    ],
)
def test_answers_in_other_languages(code: str, text: str, found: Wish) -> None:
    assert wish(text, question(ASK, THREE, replace(GOODBYE, language=code)), code) is found


def test_a_long_answer_is_more_than_an_answer() -> None:
    assert only_answers("Yes, please do that.")
    assert not only_answers("Yes, and there is something else that I wanted to tell you about my sister.")
