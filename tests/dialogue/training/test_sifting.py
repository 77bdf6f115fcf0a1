"""Which of the model's own replies are learnt: what they say must have been said, and no beginning becomes a habit."""

from __future__ import annotations

import random
from typing import Any

import pytest

from warmline.dialogue.prompt.render import examples
from warmline.dialogue.training import sift
from warmline.dialogue.training.grounded import bold, free, hard, loose, stem
from warmline.dialogue.training.judge import Judge
from warmline.dialogue.training.moments import PLANNED, begun, of_corpus, of_ours
from warmline.dialogue.training.report import Shown, figures
from warmline.dialogue.training.talk import KINDS, Exchange, own_examples, own_talks
from warmline.dialogue.types import Strategy

SAID = "My landlord is selling the flat and I keep shouting at my daughter."


@pytest.mark.parametrize(
    ("reply", "new"),
    [
        ("You seem worn out, and shouting at her hurts you too.", ()),
        ("Selling the flat is hard on you.", ()),
        ("Your wife must see how hard it is.", ("wife",)),
        ("Three years in that flat, and now it's gone.", ("three", "years")),
        ("Even the penguins are baffled.", ("penguins", "baffled")),
    ],
)
def test_what_nobody_said_is_found(reply: str, new: tuple[str, ...]) -> None:
    assert loose(reply, SAID) == new
    assert set(hard(loose(reply, SAID))) == set(new) & {"wife", "three", "years"}


def test_large_claims_are_found_unless_the_caller_made_them() -> None:
    assert bold("You always find a way, and that's love.", SAID) == ("always", "that's love")
    assert bold("You always find a way.", "I always find one.") == ()


def test_stems_join_the_forms_of_a_word() -> None:
    assert stem("shouted") == stem("shouting") == stem("shouts") == "shout"
    assert stem("is") == "is"
    assert {stem("seem"), stem("worn"), stem("courage")} <= free()


def test_a_reply_that_invents_is_worth_less() -> None:
    judge = Judge(lambda text, before: dict.fromkeys(Strategy, 0.5))
    sound = judge.verdict("You seem torn between the flat and her.", "reflect", SAID, (), True, "")
    invents = judge.verdict("You seem torn between your wife and her.", "reflect", SAID, (), True, "")
    told = judge.verdict("You seem torn between your wife and her.", "reflect", SAID, (), True, "My wife left.")
    assert invents.score < told.score
    assert invents.score < sound.score
    assert invents.loose == ("wife",)


def test_a_reply_of_the_prompts_own_examples_is_a_fault() -> None:
    judge = Judge(lambda text, before: dict.fromkeys(Strategy, 1.0))
    copied = judge.verdict(examples()[1], "reflect", SAID, (), True, "")
    assert (copied.fault, copied.score) == ("COPY", -1.0)


def moment(start: str = "") -> dict[str, Any]:
    return {"kind": "reflect", "words": SAID, "history": [], "start": start, "ids": [7, 8, 9], "shared": 2}


def rows(*texts: str, start: str = "") -> list[list[sift.Judged]]:
    judge = Judge(lambda text, before: {one: float("seem" in text) for one in Strategy})
    words = dict(enumerate(texts))
    return sift.judged([moment(start)], [[[at] for at in words]], lambda ids: words[ids[0]], judge, 40)


def test_the_best_is_learnt_and_preferred_to_the_worst() -> None:
    found = rows("Your wife is an amazing hero to everyone.", "You seem hurt, with him selling the flat.")
    (lesson,) = sift.lessons([moment()], found, 5)
    assert lesson.ids == [7, 8, 9, 1, 5]
    assert lesson.learn == [False, False, False, True, True]
    assert lesson.shared == 2
    (pair,) = sift.pairs([moment()], found, 5)
    assert (pair.good.ids[3], pair.bad.ids[3]) == (1, 0)
    assert sift.tally(found)["replies"] == 2


def test_no_lesson_and_no_pair_come_of_bad_replies() -> None:
    found = rows("You should move out.", "Try calling someone.")
    assert sift.lessons([moment()], found, 5) == []
    assert sift.pairs([moment()], found, 5) == []


def test_a_beginning_that_many_replies_share_costs() -> None:
    alike = rows("You seem hurt by the flat.", "You seem hurt by it all.", "You seem hurt by her.")[0]
    varied = rows("You seem hurt by the flat.", "The flat seems to weigh on you.", "It seems to hurt.")[0]
    assert max(one.score for one in varied) > max(one.score for one in alike)


def test_a_reply_goes_on_from_its_start() -> None:
    assert sift.joined("As I listen, you seem", "hurt.\nUser: no") == "As I listen, you seem hurt."
    assert sift.joined("It seems you", "'re hurt.") == "It seems you're hurt."
    assert sift.joined("", " Hurt.") == "Hurt."


def test_moments_have_plans_spread_evenly_and_no_reply() -> None:
    talk = tuple(Exchange(f"I told you about it number {at}.", "chat", "", f"Yes, {at}.") for at in range(8))
    found = of_corpus([talk], 14, random.Random(0))
    assert [one.last.kind for one in found] == [*PLANNED, *PLANNED]
    assert all(not one.last.reply and not one.last.learn for one in found)
    ours = of_ours(own_talks(), 20, random.Random(0), as_written=True)
    assert len(ours) == 20
    assert all(len(one.talk) > 1 for one in ours)
    started = begun(of_ours(own_examples(), 60, random.Random(0)), random.Random(1))
    assert {bool(one.start) for one in started} == {True, False}


def test_figures_count_by_way() -> None:
    shown = [
        Shown("base", "plain", "ask", SAID, "What hurts?", "", ()),
        Shown("base", "plain", "reflect", SAID, "What hurts?", "QUESTION", ("hurts",)),
    ]
    found = figures(shown, lambda text, before: KINDS["ask"])["plain"]
    assert (found["realised"], found["faults"], found["grounded"], found["words"]) == (0.5, 0.5, 0.5, 2)
