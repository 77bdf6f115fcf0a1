"""What is learnt: our own examples hold our own rules, and a corpus's lines are cleaned or left out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from warmline.dialogue.checks import Context, fault
from warmline.dialogue.prompt.cue import NAMES
from warmline.dialogue.speakable import words_of
from warmline.dialogue.training.clean import target, tidy
from warmline.dialogue.training.judge import Judge
from warmline.dialogue.training.talk import KINDS, corpus, own_examples, own_talks
from warmline.dialogue.types import Strategy
from warmline.speech.runtime.errors import UnreadableInput


def test_there_are_twenty_examples_of_every_strategy_and_no_two_alike() -> None:
    counts = Counter(one.kind for (one,) in own_examples())
    assert all(counts[name] >= 20 for name in NAMES.values())
    replies = [one.reply for talk in (*own_examples(), *own_talks()) for one in talk]
    assert len(set(replies)) == len(replies)


def test_our_examples_pass_our_own_checks_in_their_talk() -> None:
    for talk in (*own_examples(), *own_talks()):
        earlier: list[str] = []
        for one in talk:
            found = fault(one.reply, "", Context(KINDS[one.kind], one.words, tuple(earlier)))
            assert found is None, (found, one.reply)
            assert len(words_of(one.reply)) <= 30
            assert one.reply.count("?") <= 1
            assert ("?" in one.reply) or one.kind != "ask"
            earlier.append(one.reply)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("i dont know , what do u think", "I don't know, what do you think."),
        ("what happened then", "What happened then?"),
        ("it' s been hard ...  really !!", "It' s been hard, really!"),
        ("you can ' t see it yet", "You can't see it yet."),
    ],
)
def test_lines_are_tidied(raw: str, clean: str) -> None:
    assert tidy(raw) == clean


KNOWN = frozenset(words_of("what do you miss most about her it sounds like you feel hurt and alone that is your dog"))


def test_a_line_in_our_manner_is_learnt() -> None:
    assert target("what do you miss most about her ?", Strategy.QUESTION, "My dog died.", 2, KNOWN) == (
        "What do you miss most about her?"
    )
    varied = target("It sounds like you feel hurt and alone.", Strategy.REFLECTION, "My dog died.", 2, KNOWN)
    assert varied.endswith("you feel hurt and alone.")
    assert not varied.startswith("It sounds like")


@pytest.mark.parametrize(
    ("line", "strategy"),
    [
        ("I miss my dog too, what about you?", Strategy.QUESTION),
        ("Do you miss her?", Strategy.QUESTION),
        ("What do you miss most about Karen?", Strategy.QUESTION),
        ("What do you mizz most about her?", Strategy.QUESTION),
        ("What do you miss? Is it her or the dog?", Strategy.QUESTION),
        ("What medication do you take?", Strategy.QUESTION),
        ("My own dog died, it hurt.", Strategy.SELF_DISCLOSURE),
        ("You should feel hurt and alone.", Strategy.REFLECTION),
    ],
)
def test_a_line_against_our_rules_is_not(line: str, strategy: Strategy) -> None:
    assert target(line, strategy, "My dog died.", 5, KNOWN | frozenset(words_of(line)) - {"mizz"}) == ""


def test_a_corpus_becomes_talks_and_a_wrong_file_is_told(tmp_path: Path) -> None:
    dialog = [
        {"speaker": "seeker", "text": "my dog died"},
        {"speaker": "seeker", "text": "last week"},
        {"speaker": "supporter", "text": "what do you miss most about him?", "strategy": "Question"},
        {"speaker": "seeker", "text": "his noise"},
        {"speaker": "supporter", "text": "I had a dog too", "strategy": "Self-disclosure"},
    ]
    path = tmp_path / "talks.jsonl"
    path.write_text((json.dumps({"dialog": dialog}) + "\n") * 6, encoding="utf-8")
    talk = corpus(path)[0]
    assert talk[0].words == "My dog died. Last week."
    assert [one.learn for one in talk] == [True, False]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableInput, match="JSON lines"):
        corpus(path)


def test_the_judge_prefers_what_was_planned() -> None:
    judge = Judge(lambda text, before: dict.fromkeys(Strategy, 0.5))
    words = "My sister got the house and I got a letter."
    good = judge.verdict("You seem hurt that your sister was put first.", "reflect", words, (), True, "")
    assert good.fault == ""
    assert good.score > judge.verdict("The weather is nice and warm today.", "reflect", words, (), True, "").score
    assert judge.verdict("You should talk to her.", "reflect", words, (), True, "").fault == "ADVICE"
    assert judge.verdict("What hurts most?", "reflect", words, (), True, "").score < 0
    assert judge.verdict("You seem hurt that your sister", "reflect", words, (), False, "").fault == "FORM"
