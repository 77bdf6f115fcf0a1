"""Facts about the person: what is stated, each quoting their words; nothing of wishes, denials and questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.calls import plan_of, turn
from warmline.dialogue.seeker.corrections import correction_in
from warmline.dialogue.seeker.evaluate import measure, read
from warmline.dialogue.seeker.extract import facts_in
from warmline.dialogue.seeker.facts import Kind
from warmline.dialogue.seeker.known import Known, known, step
from warmline.dialogue.seeker.tables import plain
from warmline.dialogue.seeker.when import form_of, when_in
from warmline.server.cli import main

SENTENCES = tuple(text for talk in read() for text in talk.turns)


def told(*turns: str) -> dict[Kind, list[str]]:
    state = Known()
    for number, text in enumerate(turns, 1):
        state = step(state, text, number)
    out: dict[Kind, list[str]] = {}
    for fact in state.facts:
        out.setdefault(fact.kind, []).append(fact.text)
    return out


def test_our_own_sentences_are_understood() -> None:
    held = measure(tuple(talk for talk in read() if talk.part == "held"))
    assert held.all.precision >= 0.95
    assert held.all.recall >= 0.90
    assert len(read()) >= 120


@pytest.mark.parametrize(
    "text",
    [
        "I don't live alone.",
        "I wish I was a nurse.",
        "Are you 34?",
        "He is a nurse.",
        "I never had a sister.",
        "If the exam was on Friday I'd cry.",
        "Every Friday I go to my choir.",
        "Nothing helps me.",
        "",
        "...",
        "a" * 50_000,
    ],
)
def test_what_is_not_so_is_no_fact(text: str) -> None:
    assert not [fact for fact in facts_in(text) if fact.kind is not Kind.PERSON]


@given(st.lists(st.sampled_from(SENTENCES), max_size=4).map(" ".join) | st.text(max_size=300))
def test_each_fact_quotes_the_text(text: str) -> None:
    for fact in facts_in(text):
        assert fact.words
        assert text[fact.start : fact.start + len(fact.words)] == fact.words
        assert fact.name in fact.words
        if fact.kind in {Kind.PROBLEM, Kind.VALUE, Kind.HELPS}:
            assert plain(fact.words).lower() == fact.value


@given(st.lists(st.sampled_from(SENTENCES) | st.text(max_size=60), max_size=8))
def test_saying_it_twice_adds_nothing(texts: list[str]) -> None:
    once, again = Known(), Known()
    for number, text in enumerate(texts, 1):
        once = step(once, text, number)
        if correction_in(text) is None:
            again = step(step(again, text, number), text, number)
        else:
            again = step(again, text, number)
    assert {(fact.kind, fact.text) for fact in once.facts} == {(fact.kind, fact.text) for fact in again.facts}


@pytest.mark.parametrize(
    ("turns", "kind", "now"),
    [
        (("I talked to my sister Ana.", "No, not my sister, my cousin."), Kind.PERSON, ["cousin Ana"]),
        (("I'm 43.", "Actually I'm 34."), Kind.AGE, ["34"]),
        (("He left me in May.", "I said I left him, not he left me."), Kind.EVENT, ["i left him (may)"]),
        (("My sister Hannah called.", "It's Anna, not Hannah."), Kind.PERSON, ["sister Anna"]),
        (("The exam is on Friday.", "Not Friday, Thursday."), Kind.EVENT, ["exam (thursday)"]),
        (("I'm married.", "Well, I'm divorced now."), Kind.FAMILY, ["divorced"]),
        (("I have a sister.", "She's called Ines."), Kind.PERSON, ["sister Ines"]),
        (("My friend Sam came.", "My friend Jo left."), Kind.PERSON, ["friend Sam", "friend Jo"]),
    ],
)
def test_the_newer_word_counts(turns: tuple[str, ...], kind: Kind, now: list[str]) -> None:
    assert told(*turns)[kind] == now


def test_what_was_replaced_is_kept_as_evidence() -> None:
    state = step(step(Known(), "My sister Ana called.", 1), "Not my sister, my cousin.", 2)
    (fact,) = state.of(Kind.PERSON)
    assert fact.before == ("My sister Ana",)
    assert (fact.words, fact.turn) == ("my cousin", 2)
    assert "Not my sister, my cousin."[fact.start :].startswith("my cousin")


def test_a_correction_of_nothing_changes_nothing() -> None:
    state = step(Known(), "I'm 34.", 1)
    assert step(state, "No, not my sister, my cousin.", 2).of(Kind.AGE) == state.of(Kind.AGE)


@pytest.mark.parametrize("text", ["No.", "No, that's not what I meant.", "Not really, no.", "I'm not sure, maybe."])
def test_a_plain_no_takes_nothing_back(text: str) -> None:
    before = step(Known(), "My sister Ana is 30 and the exam is on Friday.", 1)
    assert step(before, text, 2).facts == before.facts


def test_intensity_is_kept_over_the_call() -> None:
    calls = (turn(1, "I'm 34.", "I see.", plan_of(intensity=2.0)), turn(4, "It hurts.", "", plan_of(intensity=4.5)))
    assert known(calls).intensity == ((1, 2.0), (2, 4.5))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("the exam is on Friday", "friday"),
        ("tomorrow morning", "tomorrow"),
        ("on the twenty-third of May", "23 may"),
        ("on June 12th", "12 june"),
        ("two weeks ago", "two weeks ago"),
        ("in a couple of days", "in a couple of days"),
        ("last Tuesday", "last tuesday"),
        ("the day after tomorrow", "the day after tomorrow"),
        ("I may go", ""),
        ("we march on", ""),
        ("in a way", ""),
    ],
)
def test_times_are_read(text: str, form: str) -> None:
    found = when_in(text)
    assert (found.form if found else "") == form


def test_only_a_time_is_a_time() -> None:
    assert form_of("Thursday.") == "thursday"
    assert form_of("I think it is on Thursday, at my school") == ""


def test_the_command_counts_and_names_mistakes(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    assert main(["eval", "seeker", "--json"]) == 0
    assert '"recall"' in capsys.readouterr().out
    assert main(["eval", "seeker", "--part", "none"]) == 2
    assert main(["eval", "seeker", "/no/such.tsv"]) == 2
